//! For tests: a private Redis, as a single server, as a cluster or under Sentinel.

mod cluster;
mod sentinel;

use std::{
    io::{self, Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

pub use self::cluster::RedisCluster;
pub use self::sentinel::RedisSentinel;

/// Maximum time until a server is up.
const STARTUP_TIMEOUT: Duration = Duration::from_secs(20);

/// A private redis-server on a free port, without persistence. It is killed when dropped.
#[derive(Debug)]
pub struct RedisServer {
    port: u16,
    folder: PathBuf,
    variables: Vec<(String, String)>,
    arguments: Vec<String>,
    child: Option<Child>,
}

impl RedisServer {
    /// Starts one.
    ///
    /// # Panics
    /// When there is no `redis-server`, or it does not come up; `scripts/redis.sh install` installs it.
    pub fn start() -> Self {
        Self::start_with(&[], &[])
    }

    /// Starts one with further arguments and environment variables.
    ///
    /// # Panics
    /// As [`RedisServer::start`].
    pub fn start_with(arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let port = free_port();
        let folder = std::env::temp_dir().join(format!("redis-{}-{port}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("the temporary folder can be written");
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let mut server = Self {
            port,
            folder,
            variables: variables.iter().map(owned).collect(),
            arguments: arguments.iter().map(|argument| (*argument).to_owned()).collect(),
            child: None,
        };
        server.restart();
        server
    }

    /// Restarts it on the same port, after [`RedisServer::kill`].
    ///
    /// # Panics
    /// As [`RedisServer::start`].
    pub fn restart(&mut self) {
        let mut command = Command::new("redis-server");
        let port = self.port.to_string();
        command.args(["--port", &port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir"]);
        command.arg(&self.folder).args(["--logfile", "redis.log"]).args(&self.arguments);
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn();
        self.child = Some(child.expect("redis-server is not here; `scripts/redis.sh install` installs it"));
        wait_until("redis-server did not come up", || self.answers(&["PING"], "PONG"));
        let ended = self.child.as_mut().and_then(|child| child.try_wait().expect("our own child"));
        assert!(ended.is_none(), "another server answers on port {port}");
    }

    /// `redis://…`
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Its port on loopback.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its working directory.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its process id; 0 when it is not running.
    pub fn id(&self) -> u32 {
        self.child.as_ref().map_or(0, Child::id)
    }

    /// Runs one command given as words and returns the first bytes of the raw reply.
    ///
    /// # Panics
    /// When the server does not answer.
    pub fn command(&self, words: &[&str]) -> String {
        self.try_command(words).expect("the server answers")
    }

    /// As [`RedisServer::command`], for a server that may be starting, changing its role or closing its connections: a
    /// sentinel ends all of them when it promotes a replica.
    ///
    /// # Errors
    /// When the server cannot be reached, closes the connection, or is silent for 5 s.
    pub fn try_command(&self, words: &[&str]) -> io::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        let mut text = format!("*{}\r\n", words.len());
        for word in words {
            text.push_str(&format!("${}\r\n{word}\r\n", word.len()));
        }
        stream.write_all(text.as_bytes())?;
        let mut answer = [0; 4096];
        match stream.read(&mut answer)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            length => Ok(String::from_utf8_lossy(&answer[..length]).into_owned()),
        }
    }

    /// `true` when the server answers a command with `text` somewhere in the reply; for use in waits.
    pub fn answers(&self, words: &[&str], text: &str) -> bool {
        self.try_command(words).is_ok_and(|reply| reply.contains(text))
    }

    /// Kills it (SIGKILL), as a crash would.
    ///
    /// # Panics
    /// When it cannot be killed.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("our own child can be killed");
            child.wait().expect("our own child can be waited for");
        }
    }

    /// Freezes it (SIGSTOP): connections stay open without replies.
    pub fn freeze(&self) {
        self.signal("STOP");
    }

    /// Resumes it (SIGCONT).
    pub fn thaw(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.id());
        let done = Command::new("sh").args(["-c", &kill]).status().expect("a shell is there");
        assert!(done.success(), "{kill} failed");
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
        // Best effort: a leftover in the temporary folder is harmless.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A port of loopback that nobody has. It is below the range that systems take the ports of outgoing connections from
/// (32768 on Linux, `ip_local_port_range`): none of the many that tests make has it before the server listens, or while
/// it is down.
///
/// # Panics
/// When all are taken.
pub fn free_port() -> u16 {
    static ASKED: AtomicU32 = AtomicU32::new(0);
    // Processes side by side begin at different places.
    let candidates = std::iter::repeat_with(|| {
        let place = std::process::id().wrapping_mul(131).wrapping_add(ASKED.fetch_add(1, Ordering::Relaxed));
        10_000 + u16::try_from(place % 20_000).expect("below 20,000")
    });
    let free = candidates.take(20_000).find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
    free.expect("loopback has a free port")
}

/// Waits until the condition holds.
#[expect(clippy::disallowed_methods, reason = "this thread waits for a process, between two looks")]
fn wait_until(failure: &str, mut condition: impl FnMut() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < STARTUP_TIMEOUT, "{failure} within {STARTUP_TIMEOUT:?}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

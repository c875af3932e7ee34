//! A program of this project as a child process, with its output.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Lines of a log that are kept.
const KEPT_LINES: usize = 20_000;
/// Beyond these, only lines of events that happen once are kept: requests under load are most of a log.
const SERVED: &str = "\"message\":\"served\"";

/// A running program, killed on drop.
pub struct Process {
    child: Child,
    lines: Arc<Mutex<Vec<String>>>,
    readers: Vec<JoinHandle<()>>,
}

/// The built program `name`, from the folder that the running test or benchmark was built into.
///
/// # Panics
/// When it has not been built.
pub fn program(name: &str) -> PathBuf {
    let me = std::env::current_exe().expect("a running program has a path");
    let folder = me.ancestors().skip(1).find(|folder| folder.join(name).is_file());
    let folder = folder.unwrap_or_else(|| panic!("{name} is not built; run `cargo build --workspace --bins` first"));
    folder.join(name)
}

/// The command that runs `name` with these arguments and variables, without input. Its own settings never come from
/// this process's environment.
pub fn command(name: &str, arguments: &[&str], variables: &[(&str, String)]) -> Command {
    let mut command = command_of(program(name), variables);
    command.args(arguments);
    command
}

#[expect(clippy::disallowed_methods, reason = "settings of this process are kept from the child")]
fn command_of(program: PathBuf, variables: &[(&str, String)]) -> Command {
    let mut command = Command::new(program);
    for (variable, _) in std::env::vars_os() {
        let prefixes = ["AUTH_", "MOVIES_", "CAPTCHA_", "CINEMA_", "RUST_LOG", "OTEL_"];
        if prefixes.iter().any(|prefix| variable.to_string_lossy().starts_with(prefix)) {
            command.env_remove(&variable);
        }
    }
    // On a busy machine an assessment may be late, and the sign-in 503. `variables` override this.
    command.env("AUTH_CAPTCHA_TIMEOUT", "5s");
    command.envs(variables.iter().map(|(name, value)| (name, value))).stdin(Stdio::null());
    command
}

impl Process {
    /// Starts `name` with these arguments and variables. Its own settings never come from this process's environment.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn start(name: &str, arguments: &[&str], variables: &[(&str, String)]) -> Self {
        Self::spawn(name, command(name, arguments, variables))
    }

    /// The same with at most `open_files` open at a time (`ulimit -n`, soft and hard).
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn start_within(open_files: u32, name: &str, arguments: &[&str], variables: &[(&str, String)]) -> Self {
        let mut command = command_of(PathBuf::from("sh"), variables);
        command.arg("-c").arg(format!("ulimit -n {open_files} && exec \"$0\" \"$@\""));
        command.arg(program(name)).args(arguments);
        Self::spawn(name, command)
    }

    /// The same with SIGXFSZ ignored, so that a file size limit (RLIMIT_FSIZE) makes writes fail and does not end the
    /// process.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn start_ignoring_sigxfsz(name: &str, arguments: &[&str], variables: &[(&str, String)]) -> Self {
        let mut command = command_of(PathBuf::from("sh"), variables); // ignored signals stay ignored after `exec`
        command.arg("-c").arg("trap '' XFSZ; exec \"$0\" \"$@\"");
        command.arg(program(name)).args(arguments);
        Self::spawn(name, command)
    }

    fn spawn(name: &str, mut command: Command) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        let lines = Arc::new(Mutex::new(Vec::new()));
        let readers = vec![
            keep(child.stdout.take().expect("stdout is piped"), &lines),
            keep(child.stderr.take().expect("stderr is piped"), &lines),
        ];
        Self { child, lines, readers }
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Its output so far.
    pub fn output(&self) -> Vec<String> {
        self.lines.lock().expect("no reader panics").clone()
    }

    /// Lines so far with `text`.
    pub fn all_with(&self, text: &str) -> Vec<String> {
        self.output().into_iter().filter(|line| line.contains(text)).collect()
    }

    /// Waits for a line with `text` and returns it.
    ///
    /// # Panics
    /// When there is none within `bound`, or the process ends first.
    #[expect(clippy::disallowed_methods, reason = "this thread waits for a process, between two looks")]
    pub fn line_with(&mut self, text: &str, bound: Duration) -> String {
        let start = Instant::now();
        loop {
            let ended = self.child.try_wait().expect("our own child can be waited for").is_some();
            if let Some(line) = self.output().into_iter().find(|line| line.contains(text)) {
                return line;
            }
            assert!(!ended && start.elapsed() < bound, "no line with {text:?}:\n{}", self.output().join("\n"));
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Sends it a signal by name, such as `TERM`, `STOP` or `KILL`.
    ///
    /// # Panics
    /// When it has ended.
    pub fn signal(&self, name: &str) {
        // The shell's builtin `kill`, because a minimal machine may have no such program.
        let sent = Command::new("sh").arg("-c").arg(format!("kill -s {name} {}", self.id())).status();
        assert!(sent.expect("there is a shell").success(), "the process has ended");
    }

    /// Waits until it has ended and all its output has been read.
    ///
    /// # Panics
    /// When it runs for longer than `bound`.
    #[expect(clippy::disallowed_methods, reason = "this thread waits for a process, between two looks")]
    pub fn wait(&mut self, bound: Duration) -> ExitStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("our own child can be waited for") {
                // The last output may not have been read yet.
                self.readers.drain(..).for_each(|reader| reader.join().expect("no reader panics"));
                return status;
            }
            assert!(start.elapsed() < bound, "still running after {bound:?}:\n{}", self.output().join("\n"));
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// A figure of `/proc/PID/status` in KiB, such as `VmRSS` or `VmHWM`; 0 when it has ended.
    pub fn memory_kib(&self, field: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
        line.and_then(|value| value.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn keep(output: impl Read + Send + 'static, lines: &Arc<Mutex<Vec<String>>>) -> JoinHandle<()> {
    let lines = Arc::clone(lines);
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            let mut lines = lines.lock().expect("no reader panics");
            if lines.len() < KEPT_LINES || !line.contains(SERVED) {
                lines.push(line);
            }
        }
    })
}

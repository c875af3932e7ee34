//! Redis under Sentinel: a master, a replica that follows it, and one sentinel that watches both.

use std::{
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use super::{RedisServer, free_port, until};

/// Two servers and the sentinel over them. They end with this value.
#[derive(Debug)]
pub struct Watched {
    /// The master at the start.
    pub master: RedisServer,
    /// What takes over from it.
    pub replica: RedisServer,
    port: u16,
    folder: PathBuf,
    child: Child,
}

impl Watched {
    /// Starts them and waits until the sentinel knows both.
    ///
    /// # Panics
    /// As [`RedisServer::start`]; `redis-cli` is needed as well.
    pub fn start() -> Self {
        let master = RedisServer::start();
        let replica = RedisServer::start_with(&["--replicaof", "127.0.0.1", &master.port().to_string()], &[]);
        let port = free_port();
        let folder = std::env::temp_dir().join(format!("sentinel-{}-{port}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("the temporary folder can be written");
        let lines = [
            format!("port {port}\nbind 127.0.0.1\ndir {}\nlogfile sentinel.log", folder.display()),
            format!("sentinel monitor films 127.0.0.1 {} 1", master.port()),
            "sentinel down-after-milliseconds films 500\nsentinel failover-timeout films 3000\n".to_owned(),
        ];
        let file = folder.join("sentinel.conf");
        std::fs::write(&file, lines.join("\n")).expect("the temporary folder can be written");
        let mut command = Command::new("redis-server");
        command.arg(&file).arg("--sentinel").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().expect("redis-server is there");
        let watched = Self { master, replica, port, folder, child };
        watched.followed();
        until("the sentinel does not know the second server", || watched.sentinel_knows_the_replica());
        watched
    }

    /// Waits until the replica has all that the master has.
    ///
    /// # Panics
    /// When it does not within 20 s.
    pub fn followed(&self) {
        until("the second server does not follow the first", || {
            self.replica.command(&["INFO", "replication"]).contains("master_link_status:up")
        });
    }

    /// Lets the replica forget and follow anew: what it has not received yet is what a failover loses.
    ///
    /// # Panics
    /// As [`Watched::followed`].
    pub fn forget_at_the_replica(&self) {
        self.replica.command(&["REPLICAOF", "NO", "ONE"]);
        self.replica.command(&["FLUSHALL"]);
        self.replica.command(&["REPLICAOF", "127.0.0.1", &self.master.port().to_string()]);
        self.followed();
    }

    /// `redis+sentinel://…`
    pub fn url(&self) -> String {
        format!("redis+sentinel://127.0.0.1:{}/films", self.port)
    }

    fn sentinel_knows_the_replica(&self) -> bool {
        let mut asked = Command::new("redis-cli");
        let asked = asked.args(["-p", &self.port.to_string(), "sentinel", "replicas", "films"]).output();
        let told = asked.map(|answer| String::from_utf8_lossy(&answer.stdout).into_owned()).unwrap_or_default();
        told.contains(&self.replica.port().to_string())
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

//! Redis under Sentinel: a master, a replica that follows it, and one sentinel that watches both.

use std::{
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use super::{RedisServer, free_port, wait_until};

/// A master, a replica and a sentinel. They are killed when dropped.
#[derive(Debug)]
pub struct RedisSentinel {
    /// The master at the start.
    pub master: RedisServer,
    /// The replica, promoted on failover.
    pub replica: RedisServer,
    port: u16,
    folder: PathBuf,
    child: Child,
}

impl RedisSentinel {
    /// Starts them and waits until the sentinel knows both.
    ///
    /// # Panics
    /// As [`RedisServer::start`]; `redis-cli` is needed as well.
    pub fn start() -> Self {
        let master = RedisServer::start();
        let replica = RedisServer::start_with(&["--replicaof", "127.0.0.1", &master.port().to_string()], &[]);
        wait_for_replication(&replica);
        // Only now: a sentinel asks a master for its replicas each 10 s.
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
        let redis = Self { master, replica, port, folder, child };
        wait_until("the sentinel does not know the second server", || redis.sentinel_knows_the_replica());
        redis
    }

    /// Clears the replica and lets it synchronize again: a failover loses the data that it has not received by then.
    ///
    /// # Panics
    /// When it does not within 20 s.
    pub fn resync_replica(&self) {
        self.replica.command(&["REPLICAOF", "NO", "ONE"]);
        self.replica.command(&["FLUSHALL"]);
        self.replica.command(&["REPLICAOF", "127.0.0.1", &self.master.port().to_string()]);
        wait_for_replication(&self.replica);
    }

    /// `redis+sentinel://…`
    pub fn url(&self) -> String {
        format!("redis+sentinel://127.0.0.1:{}/films", self.port)
    }

    fn sentinel_knows_the_replica(&self) -> bool {
        let mut command = Command::new("redis-cli");
        let output = command.args(["-p", &self.port.to_string(), "sentinel", "replicas", "films"]).output();
        let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
        text.contains(&self.replica.port().to_string())
    }
}

fn wait_for_replication(replica: &RedisServer) {
    wait_until("the second server does not follow the first", || {
        replica.answers(&["INFO", "replication"], "master_link_status:up")
    });
}

impl Drop for RedisSentinel {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

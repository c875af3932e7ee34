//! Redis under Sentinel: the master is found, and found again after a failover.

use std::process::{Child, Command, Stdio};

use limiter_lib::testing::RedisServer;

use super::*;

/// A sentinel that watches one master; it ends with this value.
struct Sentinel {
    port: u16,
    child: Child,
    _folder: tempfile::TempDir,
}

impl Sentinel {
    fn start(master: &RedisServer) -> Self {
        let port = free_port();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("sentinel.conf");
        let lines = [
            format!("port {port}\nbind 127.0.0.1\ndir {}\nlogfile sentinel.log", folder.path().display()),
            format!("sentinel monitor films 127.0.0.1 {} 1", master.port()),
            "sentinel down-after-milliseconds films 500\nsentinel failover-timeout films 3000\n".to_owned(),
        ];
        std::fs::write(&file, lines.join("\n")).unwrap();
        let mut command = Command::new("redis-server");
        command.arg(&file).arg("--sentinel").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Self { port, child: command.spawn().expect("redis-server is there"), _folder: folder }
    }
}

impl Drop for Sentinel {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn a_failover_forgets_nothing_that_a_replica_remembers() {
    let mut master = RedisServer::start();
    let replica = RedisServer::start_with(&["--replicaof", "127.0.0.1", &master.port().to_string()], &[]);
    eventually("the second server follows the first", async || {
        replica.command(&["INFO", "replication"]).contains("master_link_status:up").then_some(())
    })
    .await;
    let sentinel = Sentinel::start(&master);
    let store = store(&format!("redis+sentinel://127.0.0.1:{}/films", sentinel.port));
    let policy = slow("failover", 10);
    for _ in 0..4 {
        assert!(take(&store, &policy, key(1)).await);
    }
    eventually("the sentinel knows the second server", async || {
        let known = Command::new("redis-cli")
            .args(["-p", &sentinel.port.to_string(), "sentinel", "replicas", "films"])
            .output();
        String::from_utf8_lossy(&known.ok()?.stdout).contains(&replica.port().to_string()).then_some(())
    })
    .await;
    // What the replica had not received yet is what a failover loses.
    replica.command(&["REPLICAOF", "NO", "ONE"]);
    replica.command(&["FLUSHALL"]);
    replica.command(&["REPLICAOF", "127.0.0.1", &master.port().to_string()]);
    eventually("the second server follows again", async || {
        replica.command(&["INFO", "replication"]).contains("master_link_status:up").then_some(())
    })
    .await;
    master.kill();
    assert_eq!(left(&store, &policy, key(1)).await, 6);
    assert!(replica.command(&["ROLE"]).contains("master"), "the second server decides now");
}

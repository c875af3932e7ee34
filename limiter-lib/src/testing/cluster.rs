//! Redis Cluster: three masters that share the slots.

use std::process::Command;

use super::{RedisServer, free_port, wait_until};

/// Three private masters without replicas. They are killed when dropped.
#[derive(Debug)]
pub struct RedisCluster(Vec<RedisServer>);

impl RedisCluster {
    /// Starts one and waits until each node knows the whole cluster.
    ///
    /// # Panics
    /// As [`RedisServer::start`]; `redis-cli` is needed as well.
    pub fn start() -> Self {
        let node = |_| {
            let bus = free_port().to_string();
            let timeout = ["--cluster-node-timeout", "2000", "--cluster-require-full-coverage", "no"];
            let ports = ["--cluster-enabled", "yes", "--cluster-port", &bus];
            RedisServer::start_with(&[&ports[..], &timeout[..]].concat(), &[])
        };
        let cluster = Self((0..3).map(node).collect());
        let mut command = Command::new("redis-cli");
        command.args(["--cluster", "create"]).args(cluster.addresses()).arg("--cluster-yes");
        let created = command.output().expect("redis-cli is there");
        assert!(created.status.success(), "{}", String::from_utf8_lossy(&created.stdout));
        for node in &cluster.0 {
            wait_until("not every node knows the whole cluster", || {
                node.answers(&["CLUSTER", "INFO"], "cluster_state:ok")
            });
        }
        cluster
    }

    /// Its nodes.
    pub fn nodes(&mut self) -> &mut [RedisServer] {
        &mut self.0
    }

    /// `true` when each node holds keys.
    pub fn all_nodes_hold_keys(&self) -> bool {
        self.0.iter().all(|node| !node.command(&["DBSIZE"]).starts_with(":0"))
    }

    /// `redis+cluster://…`
    pub fn url(&self) -> String {
        format!("redis+cluster://{}", self.addresses().join(","))
    }

    fn addresses(&self) -> Vec<String> {
        self.0.iter().map(|node| format!("127.0.0.1:{}", node.port())).collect()
    }
}

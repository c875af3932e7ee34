//! Redis Cluster: keys in many slots, one script for each.

use std::process::Command;

use limiter_lib::testing::RedisServer;

use super::*;

/// Three masters that share the slots.
struct Cluster(Vec<RedisServer>);

impl Cluster {
    async fn start() -> Self {
        let node = |_| {
            let bus = free_port().to_string();
            let timeout = ["--cluster-node-timeout", "2000", "--cluster-require-full-coverage", "no"];
            RedisServer::start_with(
                &[&["--cluster-enabled", "yes", "--cluster-port", &bus], &timeout[..]].concat(),
                &[],
            )
        };
        let cluster = Self((0..3).map(node).collect());
        let addresses = cluster.0.iter().map(|node| format!("127.0.0.1:{}", node.port()));
        let mut command = Command::new("redis-cli");
        command.args(["--cluster", "create"]).args(addresses).arg("--cluster-yes");
        let made = command.output().expect("redis-cli is there");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stdout));
        for node in &cluster.0 {
            eventually("every node knows the whole cluster", async || {
                node.command(&["CLUSTER", "INFO"]).contains("cluster_state:ok").then_some(())
            })
            .await;
        }
        cluster
    }

    fn url(&self) -> String {
        let hosts: Vec<String> = self.0.iter().map(|node| format!("127.0.0.1:{}", node.port())).collect();
        format!("redis+cluster://{}", hosts.join(","))
    }
}

#[tokio::test]
async fn replicas_share_limits_over_a_cluster() {
    let cluster = Cluster::start().await;
    let (one, two) = (store(&cluster.url()), store(&cluster.url()));
    let policy = slow("cluster", 4);
    for number in 0..40 {
        for _ in 0..2 {
            assert!(take(&one, &policy, key(number)).await);
            assert!(take(&two, &policy, key(number)).await);
        }
        assert!(!take(&one, &policy, key(number)).await);
        assert!(!take(&two, &policy, key(number)).await);
    }
    let used = |node: &RedisServer| !node.command(&["DBSIZE"]).starts_with(":0");
    assert!(cluster.0.iter().all(used), "the keys are spread over all nodes");
}

#[tokio::test]
async fn limits_of_keys_in_several_slots_take_all_or_nothing() {
    let cluster = Cluster::start().await;
    let store = store(&cluster.url());
    let (wide, narrow) = (slow("wide", 10), slow("narrow", 1));
    for number in 0..10 {
        let asks = [
            Ask::take(&wide, key(number), 2),
            Ask::take(&narrow, key(number + 100), 1),
            Ask::take(&wide, key(number + 200), 1),
        ];
        assert!(decide(&store, &asks).await.iter().all(|answer| !answer.exceeds()));
        let refused = decide(&store, &asks).await;
        assert_eq!(refused.iter().map(|answer| answer.exceeds()).collect::<Vec<_>>(), [false, true, false]);
        assert_eq!(left(&store, &wide, key(number)).await, 8, "what the first limit took was given back");
        assert_eq!(left(&store, &wide, key(number + 200)).await, 9, "the limit after the refusal took nothing");
    }
}

#[tokio::test]
async fn a_node_that_lost_its_state_is_told_what_is_remembered() {
    let mut cluster = Cluster::start().await;
    let store = store(&cluster.url());
    let policy = slow("lost", 5);
    for number in 0..30 {
        for _ in 0..3 {
            assert!(take(&store, &policy, key(number)).await);
        }
    }
    cluster.0[0].kill();
    cluster.0[0].restart();
    let mut left_over = Vec::new();
    for number in 0..30 {
        left_over.push(left(&store, &policy, key(number)).await);
    }
    assert_eq!(left_over, vec![2; 30]);
}

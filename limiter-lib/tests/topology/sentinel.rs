//! Redis under Sentinel: discovery of the master, and again after a failover.

use limiter_lib::testing::RedisSentinel;

use super::*;

#[tokio::test]
async fn a_failover_loses_nothing_that_a_replica_has_cached() {
    let mut servers = RedisSentinel::start();
    let store = store(&servers.url());
    let policy = slow("failover", 10);
    for _ in 0..4 {
        assert!(take(&store, &policy, key(1)).await);
    }
    servers.resync_replica();
    servers.master.kill();
    assert_eq!(left(&store, &policy, key(1)).await, 6);
    eventually("the second server decides", || async { servers.replica.answers(&["ROLE"], "master").then_some(()) })
        .await;
}

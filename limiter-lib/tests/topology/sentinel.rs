//! Redis under Sentinel: the master is found, and found again after a failover.

use limiter_lib::testing::Watched;

use super::*;

#[tokio::test]
async fn a_failover_forgets_nothing_that_a_replica_remembers() {
    let mut servers = Watched::start();
    let store = store(&servers.url());
    let policy = slow("failover", 10);
    for _ in 0..4 {
        assert!(take(&store, &policy, key(1)).await);
    }
    servers.forget_at_the_replica();
    servers.master.kill();
    assert_eq!(left(&store, &policy, key(1)).await, 6);
    assert!(servers.replica.command(&["ROLE"]).contains("master"), "the second server decides now");
}

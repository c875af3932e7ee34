//! Redis as a cluster, and under Sentinel.

use std::time::Duration;

use contracts::captcha::Action;
use contracts::captcha::siteverify::ErrorCode;
use limiter_lib::testing::{RedisCluster, RedisSentinel};
use service_kit::testing::eventually;

use crate::rig::{Kind, Rig};

const BOUND: Duration = Duration::from_secs(20);

#[tokio::test]
async fn passes_are_granted_and_redeemed_once_over_a_cluster() {
    let cluster = RedisCluster::start();
    for kind in [Kind::Redis, Kind::SealedRedis] {
        let rig = Rig::at(kind, cluster.url()).await;
        for _ in 0..30 {
            let token = rig.pass(Action::SignUp).await;
            let verdict = rig.verify(&token).await;
            assert!(verdict.success && !verdict.degraded, "{kind:?} {verdict:?}");
            assert_eq!(rig.verify(&token).await.error_codes, [ErrorCode::TimeoutOrDuplicate], "{kind:?}");
        }
    }
    assert!(cluster.all_nodes_hold_keys(), "the keys are spread over all nodes");
}

#[tokio::test]
async fn after_a_failover_used_passes_stay_used_and_new_ones_work() {
    for kind in [Kind::Redis, Kind::SealedRedis] {
        let mut servers = RedisSentinel::start();
        let rig = Rig::at(kind, servers.url()).await;
        let used = rig.pass(Action::LogIn).await;
        assert!(rig.verify(&used).await.success, "{kind:?}");
        servers.resync_replica();
        servers.master.kill();
        let promoted = async || servers.replica.answers(&["ROLE"], "master");
        eventually("the second server decides", BOUND, promoted).await;
        rig.connected().await;
        let again = rig.verify(&used).await;
        assert!(!again.success, "{kind:?} {again:?}");
        let verdict = rig.verify(&rig.pass(Action::SignUp).await).await;
        assert!(verdict.success && !verdict.degraded, "{kind:?} {verdict:?}");
    }
}

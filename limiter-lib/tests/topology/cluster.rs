//! Redis Cluster: keys in many slots, one script for each.

use limiter_lib::testing::RedisCluster;

use super::*;

#[tokio::test]
async fn replicas_share_limits_over_a_cluster() {
    let cluster = RedisCluster::start();
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
    assert!(cluster.all_nodes_hold_keys(), "the keys are spread over all nodes");
}

#[tokio::test]
async fn limits_of_keys_in_several_slots_take_all_or_nothing() {
    let cluster = RedisCluster::start();
    let store = store(&cluster.url());
    let (wide, narrow) = (slow("wide", 10), slow("narrow", 1));
    for number in 0..10 {
        let requests = [
            LimitRequest::take(&wide, key(number), 2),
            LimitRequest::take(&narrow, key(number + 100), 1),
            LimitRequest::take(&wide, key(number + 200), 1),
        ];
        assert!(decide(&store, &requests).await.iter().all(|reply| !reply.exceeds()));
        let refused = decide(&store, &requests).await;
        assert_eq!(refused.iter().map(|reply| reply.exceeds()).collect::<Vec<_>>(), [false, true, false]);
        assert_eq!(left(&store, &wide, key(number)).await, 8, "the units of the first limit were refunded");
        assert_eq!(left(&store, &wide, key(number + 200)).await, 9, "the limit after the refusal took nothing");
    }
}

#[tokio::test]
async fn a_node_that_lost_its_state_is_restored_from_the_cache() {
    let mut cluster = RedisCluster::start();
    let store = store(&cluster.url());
    let policy = slow("lost", 5);
    for number in 0..30 {
        for _ in 0..3 {
            assert!(take(&store, &policy, key(number)).await);
        }
    }
    cluster.nodes()[0].kill();
    cluster.nodes()[0].restart();
    let mut remaining = Vec::new();
    for number in 0..30 {
        remaining.push(left(&store, &policy, key(number)).await);
    }
    assert_eq!(remaining, vec![2; 30]);
}

//! A Redis that loses its state, fails or was never available.

use limiter_lib::testing::RedisServer;

use super::*;

#[tokio::test]
async fn a_store_can_be_created_before_its_server() {
    let mut redis = RedisServer::start();
    redis.kill();
    let store = store(&redis.url());
    let policy = slow("early", 2);
    assert!(matches!(take(&store, &policy, key("a")).await, Err(StoreError::Unreachable(_))));
    redis.restart();
    assert!(eventually(async || take(&store, &policy, key("a")).await.ok()).await);
}

#[tokio::test]
async fn a_killed_server_is_restored_from_the_caches_of_the_replicas() {
    let mut redis = RedisServer::start();
    let (one, two) = (store(&redis.url()), store(&redis.url()));
    let policy = slow("kept", 10);
    for _ in 0..4 {
        assert!(eventually(async || take(&one, &policy, key("a")).await.ok()).await);
    }
    for _ in 0..3 {
        assert!(eventually(async || take(&two, &policy, key("b")).await.ok()).await);
    }
    redis.kill();
    assert!(take(&one, &policy, key("a")).await.is_err());
    redis.restart();
    assert_eq!(eventually(async || left(&one, &policy, key("a")).await).await, 6);
    assert_eq!(eventually(async || left(&two, &policy, key("b")).await).await, 7);
    assert_eq!(left(&one, &policy, key("b")).await, Some(7), "a restore by one replica holds for all");
}

#[tokio::test]
async fn a_flushed_server_is_restored_from_the_caches_of_the_replicas() {
    let redis = RedisServer::start();
    let store = store(&redis.url());
    let policy = slow("flushed", 10);
    for _ in 0..4 {
        assert!(eventually(async || take(&store, &policy, key("a")).await.ok()).await);
    }
    redis.command(&["FLUSHALL"]);
    assert_eq!(eventually(async || left(&store, &policy, key("a")).await).await, 6);
}

#[tokio::test]
async fn flushed_scripts_and_killed_connections_admit_nothing_twice() {
    let redis = RedisServer::start();
    let store = store(&redis.url());
    let policy = slow("tough", 200);
    let mut admitted = 0;
    for round in 0..200 {
        match round % 40 {
            10 => assert_eq!(redis.command(&["SCRIPT", "FLUSH"]), "+OK\r\n"),
            30 => assert!(redis.command(&["CLIENT", "KILL", "TYPE", "normal"]).starts_with(':')),
            _ => {}
        }
        admitted += u32::from(eventually(async || take(&store, &policy, key("a")).await.ok()).await);
    }
    let left = eventually(async || left(&store, &policy, key("a")).await).await;
    // A reply lost with its connection took a unit without an admission.
    assert!(admitted + left <= 200 && admitted >= 180, "{admitted} admitted, {left} left");
}

#[tokio::test]
async fn a_server_that_forbids_the_scripts_is_named_as_the_cause() {
    let redis = RedisServer::start();
    redis.command(&["ACL", "SETUSER", "limiter", "on", ">secret", "~*", "+ping"]);
    let store = store(&redis.url().replace("redis://", "redis://limiter:secret@"));
    let policy = slow("forbidden", 1);
    let cause = eventually(async || {
        let error = take(&store, &policy, key("a")).await.expect_err("the server forbids it").to_string();
        error.contains("permission").then_some(error)
    });
    assert!(!cause.await.contains("secret"));
}

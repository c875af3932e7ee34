//! A replica that connects before its first request shares limits with the others from its first decision on.

use std::sync::atomic::Ordering;

use limiter_lib::{
    LimitRequest, Source, Store,
    store::{GuardSettings, GuardedStore, LeasedStore},
    testing::RedisServer,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, tcp},
};

use super::*;

/// Round-trip time to Redis.
const LATENCY: Duration = Duration::from_millis(5);

/// The URL of a proxy to Redis with latency.
async fn delayed_url(redis: &RedisServer) -> String {
    let (listener, server) = (TcpListener::bind("127.0.0.1:0").await.unwrap(), redis.port());
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let Ok(server) = TcpStream::connect(("127.0.0.1", server)).await else { return };
            let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
            tokio::spawn(forward(from_client, to_server, LATENCY));
            tokio::spawn(forward(from_server, to_client, Duration::ZERO));
        }
    });
    format!("redis://127.0.0.1:{port}")
}

async fn forward(mut from: tcp::OwnedReadHalf, mut to: tcp::OwnedWriteHalf, delay: Duration) {
    let mut bytes = vec![0; 1 << 16];
    while let Ok(read @ 1..) = from.read(&mut bytes).await {
        tokio::time::sleep(delay).await;
        if to.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
}

#[tokio::test]
async fn a_replica_that_has_connected_never_decides_alone() {
    let redis = RedisServer::start();
    let (first, policy) = (store(&redis.url()), slow("joined", 5));
    for _ in 0..5 {
        assert!(eventually(async || take(&first, &policy, key("a")).await.ok()).await);
    }

    let second = RedisStore::new(RedisSettings::from_url(&delayed_url(&redis).await).unwrap().connections(2)).unwrap();
    let count = second.replicas();
    // Generous, since a machine under test may be slow; the latency of decisions is measured by benchmarks.
    let settings = GuardSettings { deadline: Duration::from_secs(2), ..GuardSettings::default() };
    let second = GuardedStore::new(LeasedStore::new(second), count.clone(), &settings);
    assert!(!second.is_connected(), "no connection was started");
    second.connect();
    second.connect_all();
    eventually(async || second.is_connected().then_some(())).await;

    assert_eq!(count.load(Ordering::Relaxed), 2, "the replicas are counted");
    for _ in 0..5 {
        let replies = second.decide(&[LimitRequest::take(&policy, key("a"), 1)]).await.unwrap();
        assert!(replies[0].exceeds(), "the other replica has taken all units");
        assert_eq!(replies[0].source, Source::Store);
    }
}

#[tokio::test]
async fn a_connected_store_has_waited_for_a_state_that_decides() {
    let redis = RedisServer::start();
    let (store, policy) = (store(&redis.url()), slow("fresh", 5));
    store.connect_all();
    eventually(async || store.is_connected().then_some(())).await;
    assert!(take(&store, &policy, key("a")).await.is_ok(), "an empty server has a grace period before it decides");
}

#[tokio::test]
async fn without_a_server_nothing_is_connected() {
    let mut redis = RedisServer::start();
    redis.kill();
    let store = store(&redis.url());
    store.connect_all();
    assert!(take(&store, &slow("gone", 1), key("a")).await.is_err());
    assert!(!store.is_connected());
    redis.restart();
    eventually(async || store.is_connected().then_some(())).await;
}

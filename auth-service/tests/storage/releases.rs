//! Two releases on one database: during a roll-out and after a roll-back.

use crate::support::{TestStore, now};

#[tokio::test]
async fn a_release_stays_ready_when_a_newer_one_has_migrated() {
    let store = TestStore::create().await;
    store.sql("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m99990101_000001_newer', 0)").await;
    assert!(store.is_migrated().await.unwrap());
    store.migrate(now()).await.unwrap();
}

#[tokio::test]
async fn a_release_is_not_ready_before_its_own_migrations() {
    let store = TestStore::create().await;
    store.sql("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m99990101_000001_newer', 0)").await;
    store.sql("DELETE FROM seaql_migrations WHERE version LIKE 'm20261129_000004%'").await;
    assert!(!store.is_migrated().await.unwrap());
}

//! Two releases on one database: the older one goes on while the newer one is rolled out, or back.

use auth_service::storage::Store;

use crate::support::{TestStore, now};

const OF_THE_NEXT_RELEASE: &str =
    "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m20990101_000001_later', 1)";

#[tokio::test]
async fn a_release_is_ready_on_tables_that_the_next_release_has_changed() {
    let store = TestStore::create().await;
    store.sql(OF_THE_NEXT_RELEASE).await;
    assert!(store.is_migrated().await.unwrap());
}

#[tokio::test]
async fn a_release_that_is_rolled_back_to_finds_nothing_to_migrate() {
    let store = TestStore::create().await;
    store.sql(OF_THE_NEXT_RELEASE).await;
    store.migrate(now()).await.unwrap();
    assert_eq!(store.number("SELECT count(*) FROM seaql_migrations WHERE version LIKE 'm2099%'").await, 1);
}

#[tokio::test]
async fn a_step_that_was_never_applied_is_missed_whatever_came_later() {
    let store = TestStore::create().await;
    store.sql(OF_THE_NEXT_RELEASE).await;
    store.sql("DELETE FROM seaql_migrations WHERE version LIKE '%identities'").await;
    assert!(!store.is_migrated().await.unwrap());
    assert!(store.migrate(now()).await.is_err(), "two histories must not be mixed");
}

#[tokio::test]
async fn an_empty_database_is_not_migrated() {
    let database = service_kit::testing::TestDatabase::create().await;
    let store = Store::connect(database.url(), 2).await.unwrap();
    assert!(!store.is_migrated().await.unwrap());
}

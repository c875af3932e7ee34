//! Two releases on one database: during a roll-out, and after a roll-back.

use sea_orm::ConnectionTrait;

use crate::support::catalogue;

#[tokio::test]
async fn a_release_migrates_nothing_when_a_newer_one_has_migrated() {
    let catalogue = catalogue().await;
    let newer = "INSERT INTO catalogue_migrations (version, applied_at) VALUES ('m9999_newer', 0)";
    catalogue.db.execute_unprepared(newer).await.unwrap();
    catalogue.migrate().await.unwrap();
    assert!(catalogue.is_empty().await.unwrap());
}

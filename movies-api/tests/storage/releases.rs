//! Two releases on one database: the older one goes on while the newer one is rolled out, or back.

use sea_orm::ConnectionTrait;

use crate::support::catalogue;

#[tokio::test]
async fn a_release_that_is_rolled_back_to_finds_nothing_to_migrate() {
    let catalogue = catalogue().await;
    let later = "INSERT INTO catalogue_migrations (version, applied_at) VALUES ('m9999_later', 1)";
    catalogue.db.execute_unprepared(later).await.unwrap();
    catalogue.migrate().await.unwrap();
    assert_eq!(catalogue.last_seq().await.unwrap(), 0);
}

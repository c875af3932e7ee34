//! The check: calls the methods by kinds of statements, and finds those that none of them called.

use std::collections::BTreeSet;

use contracts::ids::UserId;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use tracing_subscriber::layer::SubscriberExt;

use super::accounts::{accounts, regions};
use super::addresses::addresses;
use super::authorization_codes::authorization_codes;
use super::clients::clients;
use super::devices::devices;
use super::identities::identities;
use super::methods::{WITHOUT_PLANS, methods};
use super::operators::operators;
use super::roles::roles;
use super::sessions::sessions;
use crate::plan_watch::{PlanWatch, Plans, visited};
use crate::support::{TestStore, on_large_stack};

#[test]
fn no_statement_of_the_store_visits_more_than_one_partition_of_users() {
    on_large_stack(check_plans);
}

async fn check_plans() {
    let store = TestStore::create().await;
    if store.is_embedded() {
        return; // SQLite has no partitions
    }
    let database = store.database.url().rsplit_once('/').unwrap().1.to_owned();
    let settings = [
        "session_preload_libraries = 'auto_explain'",
        "auto_explain.log_min_duration = 0",
        "auto_explain.log_level = 'notice'",
        "auto_explain.log_format = 'json'",
        "auto_explain.log_analyze = on",
    ];
    // In one transaction: a connection that is opened meanwhile has all of them or none.
    store.sql(&settings.map(|setting| format!("ALTER DATABASE {database} SET {setting};")).concat()).await;
    let plans = Plans::default();
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(plans.clone()));
    let mut watch = PlanWatch { plans, seen: BTreeSet::new() };
    let traced = store.replica().await;
    assert_missing_key_is_detected(&store, &mut watch).await;

    let key = accounts(&traced, &store, &mut watch).await;
    sessions(&traced, key, &mut watch).await;
    roles(&traced, key.id, &mut watch).await;
    clients(&traced, key.id, &mut watch).await;
    devices(&traced, key, &mut watch).await;
    authorization_codes(&traced, key, &mut watch).await;
    regions(&traced, &mut watch).await;
    identities(&traced, &store, &mut watch).await;
    operators(&traced, &store, &mut watch).await;
    addresses(&traced, &store, &mut watch).await;

    let exercised: BTreeSet<String> = watch.seen.iter().chain(&WITHOUT_PLANS).map(ToString::to_string).collect();
    let forgotten: Vec<_> = methods().difference(&exercised).cloned().collect();
    assert!(forgotten.is_empty(), "not exercised here: {forgotten:?}");
}

/// Checks the check: a statement without the partition key is detected.
async fn assert_missing_key_is_detected(store: &TestStore, watch: &mut PlanWatch) {
    let raw = store.database.connect().await;
    let values = [UserId::new().0.into()];
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, "SELECT * FROM users WHERE id = $1", values);
    raw.query_one_raw(statement).await.unwrap();
    let taken = std::mem::take(&mut *watch.plans.0.lock().unwrap());
    let mut relations = BTreeSet::new();
    taken.iter().for_each(|plan| visited(&plan["Plan"], &mut relations));
    assert!(relations.iter().filter(|name| name.starts_with("users_c")).count() > 20, "{relations:?}");
}

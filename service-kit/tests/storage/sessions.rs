//! Connections to PostgreSQL have their parameters, and the check for shared sessions blocks no valid use.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbErr, Statement};
use service_kit::database::{Bounds, Database, connect};
use service_kit::testing::{TestDatabase, eventually};

use crate::silent_proxy::SilentProxy;

const BOUND: Duration = Duration::from_secs(30);
const PARAMETERS: [(&str, &str); 4] = [
    ("plan_cache_mode", "force_custom_plan"),
    ("synchronous_commit", "on"),
    ("lock_timeout", "1s"),
    ("statement_timeout", "30s"),
];

/// `None` on SQLite, which has no sessions.
async fn pool_of_one(url: &str) -> Option<Database> {
    let bounds = Bounds { statement: BOUND, ..Bounds::REQUESTS }; // machines of tests are busy
    let pool = connect(url, 1, Bounds::REQUESTS).await.expect("a pool");
    (!pool.is_embedded()).then_some(pool.with_bounds(bounds))
}

async fn text(on: &Database, sql: &str) -> Result<String, DbErr> {
    let row = on.query_one_raw(Statement::from_string(on.get_database_backend(), sql)).await?;
    row.expect("a row").try_get_by_index(0)
}

#[tokio::test]
async fn a_connection_that_replaces_another_has_the_same_parameters() {
    let test = TestDatabase::create().await;
    let Some(pool) = pool_of_one(test.url()).await else { return };
    let mut backends = Vec::new();
    for _ in 0..3 {
        for (name, value) in PARAMETERS {
            assert_eq!(text(&pool, &format!("SHOW {name}")).await.expect("a parameter"), value, "{name}");
        }
        backends.push(text(&pool, "SELECT pg_backend_pid()::text").await.expect("a number"));
        text(&pool, "SELECT pg_terminate_backend(pg_backend_pid())::text").await.expect_err("the connection ends");
        eventually("another connection", BOUND, async || text(&pool, "SELECT 'a'").await.is_ok()).await;
    }
    backends.dedup();
    assert_eq!(backends.len(), 3);
}

#[tokio::test]
async fn one_connection_suffices_where_a_second_is_unavailable() {
    let test = TestDatabase::create().await;
    if pool_of_one(test.url()).await.is_none() {
        return;
    }
    let proxy = SilentProxy::start(test.url()).await;
    proxy.accept_one();
    let pool = pool_of_one(&proxy.url()).await.expect("PostgreSQL");
    for _ in 0..3 {
        assert_eq!(text(&pool, "SELECT 'a'").await.expect("the first connection is used"), "a");
    }
    assert_eq!(proxy.connections(), 2, "one was used, and one was tried");
}

#[tokio::test]
async fn a_pool_that_has_been_checked_opens_no_more_connections_than_it_uses() {
    let test = TestDatabase::create().await;
    if pool_of_one(test.url()).await.is_none() {
        return;
    }
    let proxy = SilentProxy::start(test.url()).await;
    let pool = pool_of_one(&proxy.url()).await.expect("PostgreSQL");
    text(&pool, "SELECT 'a'").await.expect("a connection");
    for connections in 2..5 {
        assert_eq!(proxy.connections(), connections, "each of its own, and one for the check");
        text(&pool, "SELECT pg_terminate_backend(pg_backend_pid())::text").await.expect_err("the connection ends");
        eventually("another connection", BOUND, async || text(&pool, "SELECT 'a'").await.is_ok()).await;
    }
}

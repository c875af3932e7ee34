//! Query plans of the statements that nearly every request needs.

use accounts::{Cell, PresentedLogin, UserKey};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::ids::UserId;
use sea_orm::{ConnectionTrait, QueryTrait, Statement};
use service_kit::database::DatabaseError;

use super::store::Store;
use super::{sign_ins, users};

/// An address without an account.
const UNKNOWN_EMAIL: &str = "nobody@example.org";
/// Page size of the history in the example.
const PAGE: u64 = 50;

/// The plan of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryPlan {
    /// Purpose of the statement.
    pub what: &'static str,
    /// The statement, with example values.
    pub sql: String,
    /// The plan, as printed by the database.
    pub plan: Vec<String>,
    /// Number of partitions of `users` that it scans; 0 when it needs none, or there are none.
    pub leaves_of_users: usize,
}

impl Store {
    /// Returns the plans of the hot statements, built by the same code as for requests.
    ///
    /// # Errors
    /// When the database is unavailable, or has no tables yet.
    pub async fn explain_hot_statements(&self, now: DateTime<Utc>) -> Result<Vec<QueryPlan>, DatabaseError> {
        let backend = self.db.get_database_backend();
        let key = UserKey { id: UserId::new(), cell: Cell::new(1) };
        let login = PresentedLogin::parse(UNKNOWN_EMAIL);
        let statements = [
            ("the owners of a login: the first step of a sign-in", users::by_login(&login).build(backend)),
            ("an account by its key: every sign-in and refresh", users::by_key(key).build(backend)),
            ("where an account is: after a move", users::by_id(key.id).build(backend)),
            ("sign-ins of the last 30 days: the history", {
                sign_ins::page(key.id, now - TimeDelta::days(30), now, PAGE).build(backend)
            }),
        ];
        let mut explained = Vec::new();
        for (what, statement) in statements {
            let sql = statement.to_string();
            let plan = self.explain(&sql).await?;
            let leaves_of_users = if self.is_embedded() { 0 } else { leaves_of_users(&plan) };
            explained.push(QueryPlan { what, sql, plan, leaves_of_users });
        }
        Ok(explained)
    }

    async fn explain(&self, sql: &str) -> Result<Vec<String>, DatabaseError> {
        let (explain, column) = if self.is_embedded() { ("EXPLAIN QUERY PLAN", 3) } else { ("EXPLAIN (COSTS OFF)", 0) };
        let statement = Statement::from_string(self.db.get_database_backend(), format!("{explain} {sql}"));
        let rows = self.db.query_all_raw(statement).await?;
        Ok(rows.iter().map(|row| row.try_get_by_index(column)).collect::<Result<_, _>>()?)
    }
}

/// A leaf occurs once in each scan: `Index Scan using users_c001_pkey on users_c001 users`.
fn leaves_of_users(plan: &[String]) -> usize {
    plan.iter().filter(|line| line.contains(" on users_c") || line.contains(" on users ")).count()
}

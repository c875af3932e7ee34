//! Tests of the catalogue in SQL and of imports. They run on SQLite, and on PostgreSQL when `TEST_POSTGRES_URL` names a
//! server.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail")]

mod feed;
mod import;
mod releases;
mod support;
mod writes;

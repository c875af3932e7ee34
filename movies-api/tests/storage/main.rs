//! Tests of the catalogue in SQL and of imports. They run on SQLite, and on PostgreSQL when `TEST_POSTGRES_URL` names a
//! server.

mod feed;
mod support;
mod writes;

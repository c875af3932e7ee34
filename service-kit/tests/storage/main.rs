//! The database pool, on SQLite and on the PostgreSQL server of `TEST_POSTGRES_URL`.

mod bounds;
mod durable;
mod files;
mod sessions;
mod silent_proxy;

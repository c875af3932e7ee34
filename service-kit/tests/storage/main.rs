//! The pool that services share, on SQLite and on the PostgreSQL server that `TEST_POSTGRES_URL` names.

mod bounds;
mod durable;
mod files;
mod sessions;
mod silent_proxy;

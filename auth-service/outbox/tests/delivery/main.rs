//! The outbox on a database, and its deliveries against a scripted mail server.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail")]

mod budgets;
mod crashes;
mod enqueue;
mod hostile;
mod relays;
mod smtp_server;
mod support;
mod worker;

//! What storage promises, against SQLite and PostgreSQL.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail")]

mod convert;
mod explain;
mod identities;
mod moves;
mod regions;
mod releases;
mod settling;
mod sign_ups;
mod support;
mod upkeep;

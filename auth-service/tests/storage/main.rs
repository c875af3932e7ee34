//! Guarantees of the storage, with SQLite and PostgreSQL.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail")]

mod address_model;
mod admin_races;
mod authorization_codes;
mod convert;
mod deletions;
mod device_authorizations;
mod explain;
mod identities;
mod identity_races;
mod interrupted_maintenance;
mod logins;
mod moves;
mod operator_acts;
mod operators;
mod partition_maintenance;
mod plan_watch;
mod rebalance;
mod regions;
mod releases;
mod roles;
mod session_limit;
mod sign_ups;
mod support;
mod unlocks;
mod verified_passwords;

//! Executed plans of every statement of the store: none visits more than one partition of `users`.
//!
//! The plans come from `auto_explain`, for each statement of each method with its real values. The test fails for a
//! method that it does not call, so that no statement is missed.

mod accounts;
mod addresses;
mod authorization_codes;
mod clients;
mod devices;
mod identities;
mod mails;
mod methods;
mod operators;
mod partitions_visited;
mod roles;
mod sessions;

pub use mails::draft;

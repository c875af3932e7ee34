//! auth-service: accounts, sessions and roles of Marquee, and the tokens that other services trust.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test that cannot go on should fail"))]

pub mod app;
pub mod client_locator;
mod client_origins;
pub mod commands;
pub mod config;
pub mod endpoints;
pub mod extract;
pub mod limits;
pub mod page_table;
pub mod pages;
mod readiness;
pub mod routes;
mod startup;
pub mod state;

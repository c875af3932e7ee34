//! auth-service: accounts, sessions and roles of Marquee, and the tokens that other services trust.

pub mod app;
pub mod clients;
pub mod commands;
pub mod config;
pub mod domain;
pub mod endpoints;
mod error;
pub mod extract;
pub mod flows;
pub mod hashing;
pub mod history;
pub mod keys;
mod readiness;
pub mod routes;
pub mod state;
pub mod storage;
pub mod tokens;

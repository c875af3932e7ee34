//! captcha-service: challenges for TVs, risk assessment of requests, and verification of passes for other services.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test that cannot go on should fail"))]

pub mod app;
pub mod challenge_repository;
pub mod commands;
pub mod config;
pub mod domain;
pub mod endpoints;
mod error;
pub mod extract;
pub mod flows;
pub mod limits;
mod metrics;
pub mod pictures;
pub mod routes;
mod sealers;
pub mod sites;
pub mod state;
pub mod steady_clock;
pub mod stores;
pub mod tv;

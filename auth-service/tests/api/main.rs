//! auth-service over HTTP: one test binary, laid out like `src/endpoints`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail")]

mod addresses;
mod administration;
mod age_limits;
mod app;
mod attempts;
mod bounds;
mod captcha;
mod commands;
mod cors;
mod forged_tokens;
mod health;
mod limits;
mod mails;
mod oauth;
mod pages;
mod partition_maintenance;
mod placement;
mod replicas;
mod requests;
mod roles;
mod sessions;
mod social;
mod status;
mod storage_unavailable;
mod users;

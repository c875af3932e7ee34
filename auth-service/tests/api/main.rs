//! auth-service over HTTP: one test binary, laid out like `src/endpoints`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail")]

mod addresses;
mod administration;
mod age_limits;
mod app;
mod attempts;
mod bounds;
mod captcha;
mod clients;
mod code_grant;
mod commands;
mod cors;
mod device_grant;
mod expiry;
mod floods;
mod forged_tokens;
mod forgeries;
mod health;
mod histories;
mod hostile_values;
mod limit_evasion;
mod limits;
mod mails;
mod mass_assignment;
mod oauth;
mod objects_of_others;
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

//! captcha-service: challenges for TVs, how risky a request is, and the verdicts that other services ask for.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test that cannot go on should fail"))]

pub mod domain;
pub mod stores;

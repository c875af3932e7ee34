//! The accounts of auth-service: what they are (`domain`), where they are kept (`storage`), what can be done with them
//! (`flows`), and which problem code an error is (`problems`). Nothing here knows requests, settings or pages.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test that cannot go on should fail"))]

pub mod domain;
pub mod flows;
pub mod history;
pub mod problems;
pub mod storage;

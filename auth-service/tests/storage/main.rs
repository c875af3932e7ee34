//! Storage below HTTP: one test binary.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail")]

mod convert;

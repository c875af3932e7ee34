//! The middleware, over HTTP.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail")]

mod bodies;
mod fields;
mod keys;
mod passing;
mod refusing;
mod servers;
mod status;
mod support;
mod waiting;

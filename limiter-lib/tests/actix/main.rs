//! The middleware, over HTTP.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail")]

mod admission;
mod bodies;
mod fields;
mod keys;
mod queues;
mod refusals;
mod servers;
mod status;
mod support;

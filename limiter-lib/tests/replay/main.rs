//! The limits hold exactly: processes over a real Redis, against a model that is not the library's.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail")]
#![allow(clippy::print_stdout, reason = "the figures are for whoever runs `make soak`")]

mod answers;
mod audit;
mod bucket;
mod clock;
mod findings;
mod fleet;
mod judge;
mod outage;
mod plan;
mod proxy;
mod refusals;
mod replay;
mod replica;
mod sharing;
mod steps;

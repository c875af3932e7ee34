//! The limits hold exactly: processes over a real Redis, against an independent model.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail")]
#![allow(clippy::print_stdout, reason = "the figures are the output of `make soak`")]

mod audit;
mod bucket;
mod checker;
mod clock;
mod findings;
mod fleet;
mod outage;
mod plan;
mod proxy;
mod refusals;
mod replay;
mod replica;
mod replies;
mod sharing;
mod steps;

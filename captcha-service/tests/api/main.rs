//! captcha-service over HTTP: one test binary, structured like `src/endpoints`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail")]

mod alike;
mod answer;
mod app;
mod assess;
mod bad_inputs;
mod bounds;
mod commands;
mod cors;
mod feedback;
mod hostile_values;
mod issue;
mod limits;
mod network_budget;
mod refresh;
mod rounds;
mod siteverify;
mod status;
mod tv;

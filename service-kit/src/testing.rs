//! Helpers for the tests of all services. Only with feature `testing`.

mod authority;
mod client;
mod clock;
mod contract;
mod contract_headers;
mod database;
mod wait;

pub use authority::PrivateAuthority;
pub use client::{TestClient, TestReply, TestRequest};
pub use clock::ManualClock;
pub use database::TestDatabase;
pub use wait::eventually;

//! Rules of challenges and passes on every store: in this process, in a Redis server per test, stored and sealed.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail")]

mod contested;
mod network_budget;
mod outage;
mod rig;
mod sealed;
mod topology;
mod waivers;
mod walks;

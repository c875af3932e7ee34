//! The rules of sessions and passes over every store: in this process, in a Redis of each test's own, stored and sealed.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail")]

mod contested;
mod outage;
mod rig;
mod sealed;
mod topology;
mod waivers;
mod walks;

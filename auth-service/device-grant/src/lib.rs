//! The device grant (RFC 8628): a TV shows a user code, a phone approves it.
//!
//! [`DeviceCode`] is the secret of the device, [`UserCode`] what a person types, in any of the spellings that
//! [`TypedCode`] forgives. [`PollTimes`] finds those that poll too fast, [`Decisions`] wakes those that wait. No SQL, no HTTP.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test that cannot go on should fail"))]

mod decisions;
mod device_code;
mod poll_times;
mod random;
mod typed_code;
mod user_code;

use chrono::TimeDelta;

pub use decisions::{Decisions, MAX_WAITING, Waiting};
pub use device_code::DeviceCode;
pub use poll_times::PollTimes;
pub use random::NoRandom;
pub use typed_code::{InvalidUserCode, TypedCode};
pub use user_code::{UserCode, UserCodeKey, UserCodeMac};

/// Lifetime of both codes (RFC 8628 §3.2 `expires_in`).
pub const LIFETIME: TimeDelta = TimeDelta::seconds(600);
/// Time between two polls that clients are asked for, in seconds (§3.2 `interval`). It never grows.
pub const INTERVAL: u64 = 5;
/// Maximum number of codes that are neither decided nor expired.
pub const MAX_PENDING: u64 = 50_000;
/// Time for which the tokens of an approved code are given again to the same device: the first response may be lost.
pub const REPEATED_FOR: TimeDelta = TimeDelta::seconds(60);

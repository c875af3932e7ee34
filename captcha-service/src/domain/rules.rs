//! The figures of the session rules. They are no settings: quotas, waits and the state machine were judged together, see
//! `docs/captcha.md`.

use std::time::Duration;

/// Answers of a session.
pub const ROUNDS: u8 = 3;
/// Pictures of a session that may be replaced unanswered.
pub const REFRESHES: u8 = 3;
/// How long a session lasts.
pub const SESSION: Duration = Duration::from_secs(180);
/// What the one extension of a session adds.
pub const EXTENSION: Duration = Duration::from_secs(180);
/// No person reads a sum, reckons and types two digits in less: 1.3 s with number keys, 2 s with arrows.
pub const FASTEST: Duration = Duration::from_millis(1200);
/// One press of a remote control takes 0.34 s (practised) to 0.65 s; this is what no thumb does again and again.
pub const FASTEST_PRESS: Duration = Duration::from_millis(120);
/// How long a pass works.
pub const PASS: Duration = Duration::from_secs(120);
/// How long the verdict on a pass is repeated to who asks with the same key.
pub const REPEATS: Duration = Duration::from_secs(60);
/// Waits after a session that was lost: the first, the second, every further one.
pub const COOL_DOWNS: [Duration; 3] = [Duration::from_secs(30), Duration::from_secs(120), Duration::from_secs(600)];
/// After so long without a lost session the waits begin anew.
pub const FORGIVEN_AFTER: Duration = Duration::from_secs(60 * 60);
/// Live sessions of a device.
pub const LIVE_PER_DEVICE: usize = 2;
/// Live sessions of a network prefix.
pub const LIVE_PER_PREFIX: u32 = 200;
/// New devices of a network prefix in ten minutes.
pub const NEW_DEVICES_PER_PREFIX: u32 = 300;
/// Lost sessions of a network prefix in ten minutes that make its next challenges harder.
pub const LOST_PER_PREFIX: f32 = 10.0;
/// Answers of a device in a day.
pub const ANSWERS_PER_DAY: u8 = 30;
/// Of these a sum that was heard takes so many: programs understand speech better than pictures, so there are fewer.
pub const SPOKEN_ANSWERS_TAKE: u8 = 3;
/// Sign-ins that a right answer spares a picture.
pub const WAIVER_USES: u8 = 3;
/// How long a waiver lasts; devices are remembered for a day anyway, for their quota.
pub const WAIVER_LIFETIME: Duration = DAY;
/// Waivers that are used in a network prefix in ten minutes.
pub const WAIVERS_PER_PREFIX: u32 = 60;
/// Answers of a device in a minute that look like a machine.
pub const SUSPICIOUS_PER_MINUTE: f32 = 6.0;
/// Answers of a device in a minute that no person gives.
pub const IMPOSSIBLE_PER_MINUTE: f32 = 10.0;
/// A day, for the quota.
pub const DAY: Duration = Duration::from_secs(24 * 60 * 60);

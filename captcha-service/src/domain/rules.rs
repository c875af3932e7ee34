//! Constants of the challenge rules. They are not configurable: quotas, waits and the state machine were evaluated
//! together, see `docs/captcha.md`.

use std::time::Duration;

/// Answers per challenge of a device that has given a right answer.
pub const ROUNDS: u8 = 3;
/// Answers per challenge of any other device, at level 1 and above. A challenge has at least the answers it needs.
pub const ROUNDS_UNPROVEN: [u8; 2] = [2, 1];
/// Refreshes per challenge.
pub const REFRESHES: u8 = 3;
/// Lifetime of a challenge.
pub const CHALLENGE_LIFETIME: Duration = Duration::from_secs(180);
/// Extension of a challenge, available once.
pub const EXTENSION: Duration = Duration::from_secs(180);
/// Minimum solve time: no human reads a sum, computes and types two digits faster: 1.3 s with number keys, 2 s with
/// arrows.
pub const MIN_ANSWER_TIME: Duration = Duration::from_millis(1200);
/// Minimum time per key press. On a remote control one takes 0.34 s (practised) to 0.65 s; no human sustains this
/// rate.
pub const MIN_PRESS_TIME: Duration = Duration::from_millis(120);
/// Lifetime of a pass.
pub const PASS_LIFETIME: Duration = Duration::from_secs(120);
/// Time for which a verdict is replayed for the same idempotency key.
pub const VERDICT_REPLAY: Duration = Duration::from_secs(60);
/// Cool-downs after a lost challenge: the first, the second, every further one.
pub const COOL_DOWNS: [Duration; 3] = [Duration::from_secs(30), Duration::from_secs(120), Duration::from_secs(600)];
/// Time without a lost challenge after which cool-downs start again from the first.
pub const COOL_DOWN_RESET: Duration = Duration::from_secs(60 * 60);
/// Live challenges per device.
pub const LIVE_PER_DEVICE: usize = 2;
/// Live challenges per network prefix.
pub const LIVE_PER_PREFIX: u32 = 200;
/// New devices per network prefix in ten minutes.
pub const NEW_DEVICES_PER_PREFIX: u32 = 300;
/// Lost challenges per network prefix in ten minutes that raise the level of its next challenges.
pub const LOST_PER_PREFIX: f32 = 10.0;
/// Answers per device and day.
pub const ANSWERS_PER_DAY: u8 = 30;
/// Answers of the daily quota that a spoken sum uses, so that a device hears five a day: templates read nearly all of them.
pub const SPOKEN_ANSWER_COST: u8 = 6;
/// Sign-ins without a picture per right answer.
pub const WAIVER_USES: u8 = 3;
/// Lifetime of a waiver; devices are retained for a day in any case, for their quota.
pub const WAIVER_LIFETIME: Duration = DAY;
/// Used waivers per network prefix in ten minutes.
pub const WAIVERS_PER_PREFIX: u32 = 60;
/// Answers per device and minute that look automated.
pub const SUSPICIOUS_PER_MINUTE: f32 = 6.0;
/// Answers per device and minute that no human gives.
pub const IMPOSSIBLE_PER_MINUTE: f32 = 10.0;
/// A day, for the quota.
pub const DAY: Duration = Duration::from_secs(24 * 60 * 60);

//! Types and pure rules: no I/O, no framework, no clock.

mod action;
mod answer;
mod assessed;
mod bytes;
mod challenge;
mod device;
mod ids;
mod level;
mod network;
mod pass;
mod pass_budget;
mod presses;
pub mod risk;
pub mod rules;
mod unix_millis;
mod waiver;
mod window;

pub use action::{always_needs_pass, fails_closed};
pub use answer::Answer;
pub use assessed::{ASSESSED_BYTES, AssessedRequest, platform_byte};
pub use challenge::{
    AnswerResult, Attempt, CHALLENGE_BYTES, Challenge, ChangeRefusal, FailureReason, NewChallenge, NextPicture,
    Presentation,
};
pub use device::{DEVICE_BYTES, Device, Refusal};
pub use ids::{ChallengeToken, DeviceKey, Key, PictureId, PrefixKey, Pseudonymizer, SHARDS, SiteNumber};
pub use level::Level;
pub use network::{NetworkEvent, NetworkRecord, NetworkState, PassNeed};
pub use pass::{PASS_BYTES, Pass, Redemption, Verdict};
pub use pass_budget::{HOUR_MS, HOURS, PassBudget, PassCounts, forgotten_at};
pub use presses::least_presses;
pub use unix_millis::UnixMillis;
pub use waiver::DeviceContext;
pub use window::Window;

//! Types and pure rules: no I/O, no framework, no clock.

mod action;
mod answer;
mod assessed;
mod bytes;
mod crowd;
mod device;
mod ids;
mod level;
mod moment;
mod pass;
mod presses;
pub mod risk;
pub mod rules;
mod session;
mod waiver;
mod window;

pub use action::{always_needs_pass, fails_closed};
pub use answer::Answer;
pub use assessed::{ASSESSED_BYTES, AssessedRequest, platform_byte};
pub use crowd::{Crowd, CrowdEvent, CrowdRecord};
pub use device::{DEVICE_BYTES, Device, Refusal};
pub use ids::{DeviceKey, Key, Namer, PictureId, PrefixKey, SHARDS, SiteNumber, Ticket};
pub use level::Level;
pub use moment::Moment;
pub use pass::{PASS_BYTES, Pass, Redemption, Verdict};
pub use presses::least_presses;
pub use session::{Answered, Attempt, Failing, Look, Next, Opening, SESSION_BYTES, Session, Unchanged};
pub use waiver::DeviceContext;
pub use window::Window;

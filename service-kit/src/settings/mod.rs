//! Settings that all services read in the same way: as text, checked together, complained about together.

mod command_line;
mod complaints;
mod secret;

pub use command_line::{parse, try_parse_from, variable};
pub use complaints::{BadSettings, Complaints, ServerText};
pub use secret::{SettingError, local_secret, secret};

use std::time::Duration;

/// Reads durations such as `100ms`, `10s`, `30days`.
///
/// # Errors
/// When the text is no duration.
pub fn duration(text: &str) -> Result<Duration, humantime::DurationError> {
    humantime::parse_duration(text.trim())
}

//! `create-key`: a new signing key in the folder.

use std::time::Duration;

use chrono::TimeDelta;
use credentials::keys::KeyFolder;
use service_kit::{Clock, SystemClock};

use super::say;
use crate::config::Config;

/// Creates the key, and the key of refresh tokens if there is none.
pub(super) fn create(config: &Config, activate_in: Duration) -> anyhow::Result<()> {
    let folder = KeyFolder::new(&config.key_dir);
    let path = folder.create(SystemClock.now() + TimeDelta::from_std(activate_in)?)?;
    folder.refresh_key_or_new()?;
    say(path.display().to_string())
}

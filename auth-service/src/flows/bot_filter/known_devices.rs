//! Devices on which somebody has signed in to an account before: they show what that sign-in left there.
//!
//! It is sealed and kept nowhere, so it works on every replica and while captcha-service is away, and whoever guesses at an
//! account from elsewhere cannot have it. It opens nothing: it only stands for a challenge.

use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use chrono::{DateTime, Utc};
use contracts::Secret;
use serde::{Deserialize, Serialize};

use super::Suspect;
use crate::tokens::Sealer;

/// Makes devices known and knows them again.
pub(super) struct KnownDevices {
    sealer: Sealer,
    life: Duration,
}

/// What is sealed.
#[derive(Serialize, Deserialize)]
struct Greeting {
    account: [u8; 16],
    at: DateTime<Utc>,
}

impl KnownDevices {
    pub fn new(secret: &[u8], life: Duration) -> Self {
        Self { sealer: Sealer::new(secret, "known device"), life }
    }

    /// What a device is to show next time. `None` when the system has no random bytes.
    pub fn greet(&self, account: &str, at: DateTime<Utc>) -> Option<Secret> {
        self.sealer.seal(&Greeting { account: short(account), at })
    }

    /// Whether somebody has signed in to this account on this device before.
    pub fn knows(&self, suspect: &Suspect<'_>, now: DateTime<Utc>) -> bool {
        let shown = suspect.shown.known_device.as_ref();
        let greeting = shown.and_then(|text| self.sealer.open::<Greeting>(text.expose()));
        greeting.is_some_and(|greeting| {
            let age = now.signed_duration_since(greeting.at).to_std().unwrap_or_default();
            greeting.account == short(suspect.account) && age < self.life
        })
    }
}

/// Enough of a hash to tell accounts apart; it is sealed.
fn short(account: &str) -> [u8; 16] {
    let mut short = [0; 16];
    short.copy_from_slice(&digest(&SHA256, account.as_bytes()).as_ref()[..16]);
    short
}

#[cfg(test)]
mod tests {
    use contracts::auth::sessions::DeviceKind;

    use super::super::Shown;
    use super::*;

    fn knows(devices: &KnownDevices, account: &str, text: Secret, now: DateTime<Utc>) -> bool {
        let shown = Shown { known_device: Some(text), ..Shown::default() };
        let suspect = Suspect { account, device: DeviceKind::Tv, address: None, shown: &shown, request_id: "test" };
        devices.knows(&suspect, now)
    }

    #[test]
    fn a_device_is_known_to_the_account_it_signed_in_to_and_for_a_time() {
        let day = Duration::from_secs(24 * 60 * 60);
        let devices = KnownDevices::new(b"a key of this installation, 256 bits", day);
        let at = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let shown = devices.greet("anna@example.org", at).unwrap();
        assert!(knows(&devices, "anna@example.org", shown.clone(), at));
        assert!(!knows(&devices, "boris@example.org", shown.clone(), at));
        assert!(!knows(&devices, "anna@example.org", shown.clone(), at + day));
        assert!(!knows(&devices, "anna@example.org", Secret::new("made up"), at));
        assert!(!knows(&KnownDevices::new(b"another", day), "anna@example.org", shown, at));
    }
}

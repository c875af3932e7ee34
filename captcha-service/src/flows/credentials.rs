//! Device credentials: issued by this service, they identify a device and its age. They are issued with the first
//! picture, so they prove no answer and carry no trust.

use std::net::IpAddr;
use std::sync::Arc;

use contracts::Secret;
use service_kit::{Clock, Sealer};

use crate::challenge_repository::ChallengeRepository;
use crate::domain::risk::Credential;
use crate::domain::{DeviceKey, NetworkEvent, PrefixKey, Pseudonymizer, UnixMillis};

/// Length of a credential: device id (16), time of issue (8).
const BYTES: usize = 24;

/// A device and its credential.
#[derive(Debug, Clone, Copy)]
pub struct DeviceCredential {
    /// The device.
    pub device: DeviceKey,
    /// Its credential.
    pub credential: Credential,
}

/// Issues credentials to devices and opens them.
pub struct DeviceCredentials {
    /// Seals credentials.
    pub(super) sealer: Sealer,
    /// Keyed hashes of devices.
    pub(super) pseudonymizer: Pseudonymizer,
    /// Networks with their new devices.
    pub(super) repository: Arc<ChallengeRepository>,
    /// Current time.
    pub(super) clock: Arc<dyn Clock>,
}

impl DeviceCredentials {
    /// Opens a credential of this service.
    pub fn read(&self, token: &Secret) -> Option<DeviceCredential> {
        let bytes: [u8; BYTES] = self.sealer.open_array(token.expose(), b"")?;
        let (id, rest) = bytes.split_at(16);
        let given_at = u64::from_le_bytes(rest.try_into().ok()?);
        let age = UnixMillis::of(self.clock.now()).since(UnixMillis::from_millis(given_at));
        Some(DeviceCredential {
            device: self.pseudonymizer.device("credential", id),
            credential: Credential::Aged(age),
        })
    }

    /// Opens a credential, or treats the text as the name of a device without one.
    pub fn read_or_name(&self, text: Option<&Secret>, address: Option<IpAddr>) -> DeviceCredential {
        let nameless = || {
            let address = address.map(|address| address.to_canonical().to_string()).unwrap_or_default();
            self.pseudonymizer.device("address", address.as_bytes())
        };
        match text {
            None => DeviceCredential { device: nameless(), credential: Credential::None },
            Some(text) => self.read(text).unwrap_or_else(|| DeviceCredential {
                device: self.pseudonymizer.device("name", text.expose().as_bytes()),
                credential: Credential::None,
            }),
        }
    }

    /// Issues a credential to a new device, unless its network has too many new ones. While the store is unavailable, it
    /// is issued.
    pub async fn issue(&self, prefix: PrefixKey) -> Option<(DeviceCredential, Secret)> {
        let network = self.repository.primary().apply_network_event(prefix, NetworkEvent::NewDevice).await;
        if network.is_ok_and(|network| network.refused) {
            return None;
        }
        let id: [u8; 16] = rand::random();
        let bytes = [&id[..], &UnixMillis::of(self.clock.now()).millis().to_le_bytes()].concat();
        let token = Secret::new(self.sealer.seal_text(&bytes, b"")?);
        Some((
            DeviceCredential { device: self.pseudonymizer.device("credential", &id), credential: Credential::None },
            token,
        ))
    }
}

//! Device credentials: issued by this service, they identify a device and its age. They are issued with the first
//! picture, so they prove no answer and carry no trust.

use std::net::IpAddr;

use contracts::Secret;

use crate::domain::risk::Credential;
use crate::domain::{DeviceKey, NetworkEvent, PrefixKey, UnixMillis};
use crate::state::AppState;

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

/// Opens a credential of this service.
pub fn read(state: &AppState, token: &Secret) -> Option<DeviceCredential> {
    let bytes: [u8; BYTES] = state.credentials.open_array(token.expose(), b"")?;
    let (id, rest) = bytes.split_at(16);
    let given_at = u64::from_le_bytes(rest.try_into().ok()?);
    let age = state.now().since(UnixMillis::from_millis(given_at));
    Some(DeviceCredential { device: state.pseudonymizer.device("credential", id), credential: Credential::Aged(age) })
}

/// Opens a credential, or treats the text as the name of a device without one.
pub fn read_or_name(state: &AppState, text: Option<&Secret>, address: Option<IpAddr>) -> DeviceCredential {
    let nameless = || {
        let address = address.map(|address| address.to_canonical().to_string()).unwrap_or_default();
        state.pseudonymizer.device("address", address.as_bytes())
    };
    match text {
        None => DeviceCredential { device: nameless(), credential: Credential::None },
        Some(text) => read(state, text).unwrap_or_else(|| DeviceCredential {
            device: state.pseudonymizer.device("name", text.expose().as_bytes()),
            credential: Credential::None,
        }),
    }
}

/// Issues a credential to a new device, unless its network has too many new ones. While the store is unavailable, it
/// is issued.
pub async fn issue(state: &AppState, prefix: PrefixKey) -> Option<(DeviceCredential, Secret)> {
    let network = state.repository.primary().apply_network_event(prefix, NetworkEvent::NewDevice).await;
    if network.is_ok_and(|network| network.refused) {
        return None;
    }
    let id: [u8; 16] = rand::random();
    let bytes = [&id[..], &state.now().millis().to_le_bytes()].concat();
    let token = Secret::new(state.credentials.seal_text(&bytes, b"")?);
    Some((
        DeviceCredential { device: state.pseudonymizer.device("credential", &id), credential: Credential::None },
        token,
    ))
}

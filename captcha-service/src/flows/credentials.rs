//! What devices show for themselves: a credential that this service gave them, and by which it knows them and their age. It is
//! given with the first picture, so it stands for no answer and carries no trust.

use std::net::IpAddr;

use contracts::Secret;

use crate::domain::risk::Credential;
use crate::domain::{DeviceKey, NetworkEvent, PrefixKey, UnixMillis};
use crate::state::AppState;

/// Bytes of a credential: the device's id, when it was given, spare.
const BYTES: usize = 24;

/// A device as it showed itself.
#[derive(Debug, Clone, Copy)]
pub struct DeviceCredential {
    /// By which name it is known.
    pub device: DeviceKey,
    /// What it showed.
    pub credential: Credential,
}

/// Reads a credential of ours.
pub fn read(state: &AppState, token: &Secret) -> Option<DeviceCredential> {
    let bytes: [u8; BYTES] = state.credentials.open(token.expose(), b"")?;
    let (id, rest) = bytes.split_at(16);
    let given_at = u64::from_le_bytes(rest.try_into().ok()?);
    let age = state.now().since(UnixMillis::from_millis(given_at));
    Some(DeviceCredential { device: state.namer.device("credential", id), credential: Credential::Aged(age) })
}

/// Reads a credential of ours, or takes the text as the name of a device that shows nothing.
pub fn read_or_name(state: &AppState, text: Option<&Secret>, address: Option<IpAddr>) -> DeviceCredential {
    let nameless = || {
        let address = address.map(|address| address.to_canonical().to_string()).unwrap_or_default();
        state.namer.device("address", address.as_bytes())
    };
    match text {
        None => DeviceCredential { device: nameless(), credential: Credential::None },
        Some(text) => read(state, text).unwrap_or_else(|| DeviceCredential {
            device: state.namer.device("name", text.expose().as_bytes()),
            credential: Credential::None,
        }),
    }
}

/// Gives a new device its credential, if its network has not had too many lately. While nobody can count, it is given.
pub async fn give(state: &AppState, prefix: PrefixKey) -> Option<(DeviceCredential, Secret)> {
    let crowd = state.desk.main().crowd(prefix, NetworkEvent::NewDevice).await;
    if crowd.is_ok_and(|crowd| crowd.refused) {
        return None;
    }
    let id: [u8; 16] = rand::random();
    let bytes = [&id[..], &state.now().millis().to_le_bytes()].concat();
    let token = Secret::new(state.credentials.seal(&bytes, b"")?);
    Some((DeviceCredential { device: state.namer.device("credential", &id), credential: Credential::None }, token))
}

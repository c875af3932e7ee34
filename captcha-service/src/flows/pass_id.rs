//! Public id of a pass: its storage key, which cannot be redeemed.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::domain::{DeviceKey, Key};

/// Location of a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PassId {
    /// Its device.
    pub device: DeviceKey,
    /// Its storage key.
    pub key: Key,
}

impl PassId {
    /// Encodes as text: 32 characters.
    pub fn to_text(self) -> String {
        URL_SAFE_NO_PAD.encode([&self.device.0[..], &self.key.0].concat())
    }

    /// Parses text.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 32 {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (device, key) = bytes.split_at_checked(8)?;
        Some(Self { device: DeviceKey(device.try_into().ok()?), key: Key(key.try_into().ok()?) })
    }
}

//! The name of a pass that is no secret: where it is kept.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::domain::{DeviceKey, Key};

/// Where a pass is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PassId {
    /// Whose it is.
    pub device: DeviceKey,
    /// Where it is.
    pub key: Key,
}

impl PassId {
    /// As text: 32 characters.
    pub fn to_text(self) -> String {
        URL_SAFE_NO_PAD.encode([&self.device.0[..], &self.key.0].concat())
    }

    /// Out of text.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 32 {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (device, key) = bytes.split_at_checked(8)?;
        Some(Self { device: DeviceKey(device.try_into().ok()?), key: Key(key.try_into().ok()?) })
    }
}

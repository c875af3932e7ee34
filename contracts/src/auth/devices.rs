//! Devices that users sign in on.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The device a user signs in on, as reported by the client.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Device {
    /// The kind of device.
    #[garde(skip)]
    #[serde(default)]
    pub kind: DeviceKind,
    /// A name the user will recognise, such as "Living room TV". Control and invisible characters are removed.
    #[garde(length(chars, max = 64))]
    #[serde(default)]
    pub name: String,
}

/// Kinds of devices.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the kinds explain themselves")]
pub enum DeviceKind {
    Tv,
    Phone,
    Tablet,
    Desktop,
    #[default]
    Other,
}

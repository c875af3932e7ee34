//! Device authorizations (RFC 8628).

use chrono::{DateTime, Utc};
use contracts::auth::devices::Device;
use contracts::ids::{SessionId, UserId};

use super::ClientLocation;

/// Request of a device for a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceRequest {
    /// OAuth client of the device.
    pub client_id: String,
    /// The resource that its tokens are for; `None` for those of the client.
    pub resource: Option<String>,
    /// The device, as it describes itself.
    pub device: Device,
    /// Its location.
    pub location: ClientLocation,
    /// Time of the request.
    pub created_at: DateTime<Utc>,
    /// End of both codes.
    pub expires_at: DateTime<Utc>,
}

/// A stored device authorization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceAuthorization {
    /// SHA-256 of the device code.
    pub device_hash: [u8; 32],
    /// The request.
    pub request: DeviceRequest,
    /// Person who has entered the user code.
    pub claim: Option<DeviceClaim>,
    /// Decision of that person.
    pub decision: Option<DeviceDecision>,
    /// Session that the device got.
    pub redeemed: Option<RedeemedDevice>,
}

/// Person who entered a user code first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceClaim {
    /// Account.
    pub user: UserId,
    /// Session in which the code was entered.
    pub session: SessionId,
}

/// Decision about a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceDecision {
    /// `true` when the device is signed in.
    pub approved: bool,
    /// Time.
    pub at: DateTime<Utc>,
}

/// Session of a device that was approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RedeemedDevice {
    /// The session.
    pub session: SessionId,
    /// Time at which the device got it.
    pub at: DateTime<Utc>,
}

impl DeviceAuthorization {
    /// `true` when neither decided nor expired.
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        self.decision.is_none() && now < self.request.expires_at
    }
}

//! Entry of a user's sign-in history.

use std::net::IpAddr;

use account_partitions::RegionCode;
use chrono::{DateTime, Utc};
use contracts::auth::devices::DeviceKind;
use contracts::ids::{SessionId, UserId};

/// Method of a sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInMethod {
    /// With e-mail and password.
    Password,
    /// Refresh token used after the access token had expired: the device resumed its session.
    Refresh,
    /// With an account at a social provider.
    Social,
    /// By a code that another device approved (RFC 8628).
    Device,
    /// In a browser, for an app that sent its user there (RFC 6749 §4.1).
    Redirect,
}

/// Result of a sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInResult {
    /// Signed in.
    Success,
    /// The password was wrong.
    WrongPassword,
    /// The account is disabled.
    Disabled,
}

/// Location of a client, if known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientLocation {
    /// The address of the client.
    pub address: Option<IpAddr>,
    /// The region of that address, as reported by a proxy in front.
    pub region: Option<RegionCode>,
}

/// One entry of the history.
#[derive(Debug, Clone)]
pub struct SignIn {
    /// The user.
    pub user_id: UserId,
    /// Time of the sign-in.
    pub at: DateTime<Utc>,
    /// Kind of the device.
    pub device: DeviceKind,
    /// Location of the client.
    pub location: ClientLocation,
    /// Method.
    pub method: SignInMethod,
    /// Result.
    pub result: SignInResult,
    /// The session that was opened or resumed.
    pub session_id: Option<SessionId>,
}

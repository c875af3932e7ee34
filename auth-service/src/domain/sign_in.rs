//! One line of a person's sign-in history.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use contracts::auth::sessions::DeviceKind;
use contracts::ids::{SessionId, UserId};

use super::regions::RegionCode;

/// How somebody signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInMethod {
    /// With e-mail and password.
    Password,
    /// By a refresh token after the access token had expired: the device came back.
    Refresh,
    /// With an account at a social provider.
    Social,
}

/// How it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInResult {
    /// In.
    Success,
    /// The password was wrong.
    WrongPassword,
    /// The account is closed.
    Disabled,
}

/// Where somebody signed in, as far as known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientLocation {
    /// The address of the client.
    pub address: Option<IpAddr>,
    /// The region of that address, as a proxy in front told it.
    pub region: Option<RegionCode>,
}

/// One line of the history.
#[derive(Debug, Clone)]
pub struct SignIn {
    /// Who.
    pub user_id: UserId,
    /// When.
    pub at: DateTime<Utc>,
    /// On what.
    pub device: DeviceKind,
    /// Where.
    pub place: ClientLocation,
    /// How.
    pub method: SignInMethod,
    /// With what result.
    pub result: SignInResult,
    /// The session it opened or went on with.
    pub session_id: Option<SessionId>,
}

//! Account, client and proofs of a request that tries a password.

use std::net::IpAddr;

use contracts::Secret;
use contracts::auth::devices::DeviceKind;

use crate::domain::Email;

/// Proofs sent by a client.
#[derive(Debug, Clone, Default)]
pub struct CaptchaProof {
    /// The pass of a challenge.
    pub token: Option<Secret>,
    /// The device token of captcha-service.
    pub device_token: Option<Secret>,
    /// The credential that an earlier sign-in to the same account left on the device.
    pub known_device: Option<Secret>,
}

/// A request to be screened.
#[derive(Debug)]
pub struct SignInContext<'a> {
    /// The account, by its normalised login.
    pub account: &'a str,
    /// Kind of device as reported by the client.
    pub device: DeviceKind,
    /// Address of the client.
    pub address: Option<IpAddr>,
    /// Proofs sent with it.
    pub proof: &'a CaptchaProof,
    /// Id of the request.
    pub request_id: &'a str,
}

/// Context of a request without a device kind: of a signed-in user, or from a browser.
pub fn sign_in_context<'a>(
    account: &'a str,
    address: Option<IpAddr>,
    proof: &'a CaptchaProof,
    request_id: &'a str,
) -> SignInContext<'a> {
    SignInContext { account, device: DeviceKind::Other, address, proof, request_id }
}

/// Key of the account for the limits. What cannot be an address is counted as well, so that it looks like an unknown
/// one.
pub fn account_key(typed: &str, email: Option<&Email>) -> String {
    email.map_or_else(|| typed.trim().to_lowercase(), |email| email.as_str().to_owned())
}

//! Account, client and proofs of a request that tries a password.

use std::net::IpAddr;

use contracts::Secret;
use contracts::auth::devices::DeviceKind;
use uuid::Uuid;

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

/// A verified device of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownDevice {
    /// Id of the credential: budgets are counted by it.
    pub id: Uuid,
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

impl<'a> SignInContext<'a> {
    /// Context of a request without a device kind: of a signed-in user, or from a browser.
    pub fn without_device(
        account: &'a str,
        address: Option<IpAddr>,
        proof: &'a CaptchaProof,
        request_id: &'a str,
    ) -> Self {
        Self { account, device: DeviceKind::Other, address, proof, request_id }
    }
}

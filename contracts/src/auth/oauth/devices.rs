//! Codes for devices (RFC 8628).

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::tokens::not_empty;
use crate::auth::devices::DeviceKind;
use crate::endpoint::{Auth, BodyFormat, Endpoint, Ignored, Method, Nothing};
use crate::problem::Code;
use crate::{Secret, codes};

/// `POST /oauth2/device_authorization` (RFC 8628 §3.1)
pub struct AuthorizeDevice;

impl Endpoint for AuthorizeDevice {
    const ID: &'static str = "authorize_device";
    const SUMMARY: &'static str = "Gives a device a code that its owner approves on a phone or a computer.";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/oauth2/device_authorization";
    const BODY: BodyFormat = BodyFormat::Form;
    const AUTH: Auth = Auth::Public;
    const ERRORS: &'static [&'static Code] = &[
        codes::CLIENT_REJECTED,
        codes::GRANT_NOT_ALLOWED,
        codes::SCOPE_INVALID,
        codes::RESOURCE_INVALID,
        codes::TOO_MANY_DEVICE_CODES,
    ];
    type Path = Nothing;
    type Query = Ignored;
    type Body = AuthorizeDeviceRequest;
    type Output = AuthorizeDeviceResponse;
}

/// A device. An empty parameter is an absent one, and unknown ones are ignored (RFC 6749 §3.1).
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema, Validate)]
pub struct AuthorizeDeviceRequest {
    /// Id of the client, unless it is in `Authorization`.
    #[serde(default, deserialize_with = "not_empty", skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, max = 64))]
    pub client_id: Option<String>,
    /// Secret of a confidential client, unless it is in `Authorization`.
    #[serde(default, deserialize_with = "not_empty", skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, max = 256))]
    pub client_secret: Option<Secret>,
    /// Scope; none is known here.
    #[serde(default, deserialize_with = "not_empty", skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, max = 512))]
    pub scope: Option<String>,
    /// The resource that the access token is for (RFC 8707); the client's own if absent.
    #[serde(default, deserialize_with = "not_empty", skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, max = 512))]
    pub resource: Option<String>,
    /// Kind of device, shown to the person who approves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub device_kind: Option<DeviceKind>,
    /// Name of the device, such as its model, shown to the person who approves. Control and invisible characters are
    /// removed.
    #[serde(default, deserialize_with = "not_empty", skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, max = 64))]
    pub device_name: Option<String>,
}

/// Codes (RFC 8628 §3.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuthorizeDeviceResponse {
    /// For [`GrantTokens`](super::GrantTokens); a secret of the device.
    pub device_code: Secret,
    /// To be shown: eight letters with a dash.
    pub user_code: String,
    /// To be shown: the page where the code is entered.
    pub verification_uri: String,
    /// For a QR code: the same page with the code filled in.
    pub verification_uri_complete: String,
    /// Lifetime of both codes in seconds.
    pub expires_in: u64,
    /// Seconds between two polls.
    pub interval: u64,
}

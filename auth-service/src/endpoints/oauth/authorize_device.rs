//! `POST /oauth2/device_authorization`: codes for a device (RFC 8628 §3.1).

use account_flows::TokenRequest;
use actix_web::web;
use contracts::auth::devices::Device;
use contracts::auth::oauth::{AuthorizeDevice, AuthorizeDeviceResponse};
use contracts::codes;
use device_grant::{INTERVAL, LIFETIME};
use oauth_clients::Grant;
use service_kit::server::authorization::OptionalBasic;
use service_kit::{ApiError, Input, Success};

use super::client::authenticate;
use crate::endpoints::convert::display_name;
use crate::extract::RequestClient;
use crate::state::AppState;

/// Path of the page where codes are entered, short enough to be typed.
pub const ACTIVATE: &str = "/activate";

/// Gives the device its codes.
pub async fn authorize_device(
    state: web::Data<AppState>,
    basic: OptionalBasic,
    context: RequestClient,
    input: Input<AuthorizeDevice>,
) -> Result<Success<AuthorizeDevice>, ApiError> {
    let body = input.body;
    let client = authenticate(&state, basic.0.as_ref(), body.client_id.as_deref(), body.client_secret.as_ref())?;
    if !client.may_use(Grant::DeviceCode) {
        return Err(ApiError::new(codes::GRANT_NOT_ALLOWED));
    }
    let name = display_name("/device_name", &body.device_name.unwrap_or_default())?;
    let device = Device { kind: body.device_kind.unwrap_or_default(), name: name.into() };
    let (resource, scope) = (body.resource.as_deref(), body.scope.as_deref());
    let asked = TokenRequest { client: &client, resource, scope };
    let started = state.devices.start(asked, device, context.0.location).await?;
    let verification_uri = format!("{}{ACTIVATE}", state.issuer);
    Ok(Success::new(AuthorizeDeviceResponse {
        device_code: started.device_code,
        verification_uri_complete: format!("{verification_uri}?code={}", started.user_code),
        user_code: started.user_code,
        verification_uri,
        expires_in: u64::try_from(LIFETIME.num_seconds()).unwrap_or_default(),
        interval: INTERVAL,
    }))
}

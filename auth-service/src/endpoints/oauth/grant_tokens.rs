//! `POST /oauth2/token`: tokens for a grant of an OAuth client (RFC 6749 §3.2). The rules of sessions are those of
//! `refresh_session`.

use std::time::Duration;

use account_flows::{PollDeviceError, PresentedCode, TokenPair, TokenRequest};
use actix_web::http::header::HeaderName;
use actix_web::{HttpRequest, web};
use contracts::auth::oauth::{GrantTokens, GrantTokensResponse};
use contracts::{Secret, codes};
use oauth_clients::Grant;
use service_kit::secret_hash::SecretHash;
use service_kit::server::authorization::OptionalBasic;
use service_kit::{ApiError, Input, SubjectLimits, Success};

use super::client::{authenticate, authenticate_or_own};
use crate::endpoints::convert::{client_token, tokens};
use crate::extract::RequestClient;
use crate::limits::REFRESHES;
use crate::state::AppState;

/// The longest wait of a device within one request.
const MAX_WAIT: Duration = Duration::from_secs(25);
/// Preference of a client (RFC 7240 §4.3).
const PREFER: HeaderName = HeaderName::from_static("prefer");

/// Grants tokens.
pub async fn grant_tokens(
    state: web::Data<AppState>,
    request: HttpRequest,
    basic: OptionalBasic,
    context: RequestClient,
    input: Input<GrantTokens>,
) -> Result<Success<GrantTokens>, ApiError> {
    let body = input.body;
    let grant = Grant::of_type(&body.grant_type);
    let authenticate = if grant == Some(Grant::RefreshToken) { authenticate_or_own } else { authenticate };
    let client = authenticate(&state, basic.0.as_ref(), body.client_id.as_deref(), body.client_secret.as_ref())?;
    let grant = grant.ok_or_else(|| ApiError::new(codes::GRANT_UNSUPPORTED))?;
    if !client.may_use(grant) {
        return Err(ApiError::new(codes::GRANT_NOT_ALLOWED));
    }
    let (resource, scope) = (body.resource.as_deref(), body.scope.as_deref());
    let asked = TokenRequest { client: &client, resource, scope };
    let (limits, missing) = (SubjectLimits::of(&request), |name: &str| {
        ApiError::new(codes::BAD_REQUEST).detail(format!("{name} is missing"))
    });
    let granted = match grant {
        Grant::RefreshToken => {
            let token = body.refresh_token.ok_or_else(|| missing("refresh_token"))?;
            drop(limits.account(REFRESHES).await?);
            of_session(state.sessions.refresh(token.expose(), asked, &context.0).await?, None)
        }
        Grant::DeviceCode => {
            let code = body.device_code.ok_or_else(|| missing("device_code"))?;
            of_session(poll(&state, asked, (&code, wait(&request)), &context, &limits).await?, None)
        }
        Grant::AuthorizationCode => {
            let presented = PresentedCode {
                code: body.code.as_ref().ok_or_else(|| missing("code"))?,
                redirect_uri: body.redirect_uri.as_deref().ok_or_else(|| missing("redirect_uri"))?,
                verifier: body.code_verifier.as_ref().ok_or_else(|| missing("code_verifier"))?,
            };
            drop(limits.account(REFRESHES).await?);
            let tokens = state.code_grants.redeem(presented, asked).await?;
            of_session(tokens.pair, tokens.id_token)
        }
        Grant::ClientCredentials => {
            drop(limits.client(&client.id).await?);
            client_token(state.sessions.grant_client_token(asked)?)
        }
    };
    Ok(Success::new(granted))
}

/// Beyond its limit a device gets `slow_down`: at other errors clients give up, and leave an approved code behind.
async fn poll(
    state: &AppState,
    asked: TokenRequest<'_>,
    (code, wait): (&Secret, Duration),
    context: &RequestClient,
    limits: &SubjectLimits,
) -> Result<TokenPair, ApiError> {
    match limits.credential(SecretHash::of(code.expose()).as_bytes()).await {
        Ok(taken) => drop(taken),
        Err(error) if error.code() == codes::RATE_LIMITED => return Err(PollDeviceError::TooFast.into()),
        Err(error) => return Err(error),
    }
    Ok(state.devices.poll(code, asked, &context.0, wait).await?)
}

/// Time for which the client would rather wait than get an answer without tokens.
fn wait(request: &HttpRequest) -> Duration {
    let lines = request.headers().get_all(PREFER).filter_map(|line| line.to_str().ok());
    let mut preferences = lines.flat_map(|line| line.split([',', ';'])).map(str::trim);
    let seconds = preferences.find_map(|preference| preference.strip_prefix("wait=")?.trim_matches('"').parse().ok());
    seconds.map_or(Duration::ZERO, Duration::from_secs).min(MAX_WAIT)
}

fn of_session(pair: TokenPair, id_token: Option<Secret>) -> GrantTokensResponse {
    let scope = pair.scope.clone();
    let pair = tokens(pair);
    GrantTokensResponse {
        access_token: pair.access_token,
        token_type: pair.token_type,
        expires_in: pair.expires_in,
        refresh_token: Some(pair.refresh_token),
        refresh_expires_in: Some(pair.refresh_expires_in),
        session_id: Some(pair.session_id),
        id_token,
        scope,
    }
}

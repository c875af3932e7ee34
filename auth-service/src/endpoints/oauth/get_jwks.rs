//! `GET /.well-known/jwks.json`: the public keys, coming ones included.

use actix_web::web;
use contracts::auth::oauth::GetJwks;
use service_kit::{ApiError, Input, Success};

use crate::state::AppState;

/// Shows the keys that access tokens are signed with.
pub async fn get_jwks(state: web::Data<AppState>, _input: Input<GetJwks>) -> Result<Success<GetJwks>, ApiError> {
    Ok(Success::new(state.access_tokens.keys().ring().jwks()).with_etag())
}

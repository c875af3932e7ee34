//! `GET /.well-known/jwks.json`: the public keys, future ones included.

use actix_web::web;
use contracts::auth::oauth::GetJwks;
use service_kit::{ApiError, Input, Success};

use crate::state::AppState;

/// Returns the keys that verify access tokens.
pub async fn get_jwks(state: web::Data<AppState>, _input: Input<GetJwks>) -> Result<Success<GetJwks>, ApiError> {
    Ok(Success::new(state.access_tokens.keys().ring().jwks()).with_etag())
}

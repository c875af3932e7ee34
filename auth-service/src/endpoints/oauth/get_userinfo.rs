//! `GET /oauth2/userinfo`: claims about the user of a token (OpenID Connect Core 1.0 §5.3).

use account_flows::find_current_user;
use account_flows::problems::token_invalid;
use actix_web::web;
use code_grant::{Scope, has_scope};
use contracts::auth::oauth::{GetUserinfo, GetUserinfoResponse};
use contracts::codes;
use service_kit::{ApiError, Input, Success};

use crate::extract::{AnyAudienceClaims, Caller};
use crate::state::AppState;

/// Returns what the scopes of the token allow, for whichever resource it is.
pub async fn get_userinfo(
    state: web::Data<AppState>,
    AnyAudienceClaims(claims): AnyAudienceClaims,
    _input: Input<GetUserinfo>,
) -> Result<Success<GetUserinfo>, ApiError> {
    let has = |scope| has_scope(claims.scope.as_deref(), scope);
    if !has(Scope::Openid) {
        return Err(
            ApiError::new(codes::SCOPE_MISSING).challenge("Bearer error=\"insufficient_scope\", scope=\"openid\"")
        );
    }
    let user = find_current_user(&state.store, Caller::from(&claims).user).await?.ok_or_else(token_invalid)?.user;
    let email = user.email.as_ref().filter(|_| has(Scope::Email));
    let login = match email {
        Some(email) => state.store.find_login(email).await?,
        None => None,
    };
    let is_proven = login.is_some_and(|login| login.user.id == user.key.id && !login.is_claim());
    let name = Some(user.display_name.as_str()).filter(|name| has(Scope::Profile) && !name.is_empty());
    Ok(Success::new(GetUserinfoResponse {
        sub: user.key.id,
        email: email.map(|email| email.as_str().to_owned()),
        email_verified: email.map(|_| is_proven),
        name: name.map(str::to_owned),
    }))
}

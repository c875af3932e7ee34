//! `GET /api/v1/me/social-accounts`: the caller's linked accounts.

use actix_web::web;
use contracts::auth::social::{ListSocialAccounts, ListSocialAccountsResponse};
use service_kit::{ApiError, Success};

use super::convert::account;
use crate::extract::Caller;
use crate::state::AppState;

/// Lists the linked accounts.
pub async fn list_social_accounts(
    state: web::Data<AppState>,
    caller: Caller,
) -> Result<Success<ListSocialAccounts>, ApiError> {
    let items = state.store.list_identities(caller.user.id).await?.into_iter().map(account).collect();
    Ok(Success::new(ListSocialAccountsResponse { items }))
}

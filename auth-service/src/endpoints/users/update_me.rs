//! `PATCH /api/v1/me`: changes the caller's own account.

use actix_web::web;
use contracts::auth::users::{UpdateMe, UpdateMeRequest, UpdateMeResponse};
use service_kit::{ApiError, Input, Success};

use crate::endpoints::convert::{display_name, profile};
use crate::extract::Caller;
use crate::state::AppState;

/// Changes the fields of the body. Tokens carry them from the next refresh on.
pub async fn update_me(
    state: web::Data<AppState>,
    caller: Caller,
    input: Input<UpdateMe>,
) -> Result<Success<UpdateMe>, ApiError> {
    let current = state.accounts.update(caller.user.id, parse(input.body)?).await?;
    Ok(Success::new(UpdateMeResponse { user: profile(current.user, current.roles) }))
}

fn parse(body: UpdateMeRequest) -> Result<account_flows::UpdateAccount, ApiError> {
    let display_name = body.display_name.map(|name| display_name("/display_name", &name)).transpose()?;
    Ok(account_flows::UpdateAccount { display_name, birth_date: body.birth_date, region: body.region })
}

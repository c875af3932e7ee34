//! `GET /api/v1/users/search`: accounts by e-mail or role.

use actix_web::web;
use contracts::auth::administration::{FindUsers, FindUsersQuery, FindUsersResponse};
use service_kit::{ApiError, Input, Success};

use super::convert::found_user;
use crate::extract::OperatorCaller;
use crate::state::AppState;
use account_flows::SearchPage;
use accounts::{PresentedLogin, RoleName};

/// Finds accounts.
pub async fn find_users(
    state: web::Data<AppState>,
    operator: OperatorCaller,
    input: Input<FindUsers>,
) -> Result<Success<FindUsers>, ApiError> {
    let FindUsersQuery { reason, email, role, page_size, cursor } = &input.query;
    let context = operator.context(("?reason", reason.as_ref()), state.now())?;
    let (found, next_cursor) = match (email, role) {
        (Some(email), None) => {
            let login = PresentedLogin::parse(email);
            if !login.is_possible() {
                return Ok(none());
            }
            state.operators.find(SearchPage::Login(&login), &context).await?
        }
        (None, Some(role)) => {
            let Some(role) = RoleName::parse(role) else { return Ok(none()) };
            let page = SearchPage::Role { role: &role, cursor: cursor.as_ref(), size: page_size.0 as usize };
            state.operators.find(page, &context).await?
        }
        _ => return Err(ApiError::field("?email", "give either an e-mail or a role")),
    };
    Ok(Success::new(FindUsersResponse { items: found.into_iter().map(found_user).collect(), next_cursor }))
}

fn none() -> Success<FindUsers> {
    Success::new(FindUsersResponse { items: Vec::new(), next_cursor: None })
}

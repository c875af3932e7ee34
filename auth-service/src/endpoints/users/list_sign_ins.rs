//! `GET /api/v1/me/sign-ins`: the caller's sign-in history.

use actix_web::web;
use contracts::auth::sign_ins::{ListSignIns, ListSignInsResponse, SignIn, SignInMethod, SignInOutcome};
use service_kit::{ApiError, Input, Success};

use crate::endpoints::convert::sign_in_place;
use crate::extract::Caller;
use crate::state::AppState;
use account_flows::HistoryRange;

/// Lists sign-ins, newest first. Reads no months outside of the bounds.
pub async fn list_sign_ins(
    state: web::Data<AppState>,
    caller: Caller,
    input: Input<ListSignIns>,
) -> Result<Success<ListSignIns>, ApiError> {
    let query = &input.query;
    let range = HistoryRange { since: query.since, until: query.until, cursor: query.cursor.as_ref() };
    let (user, size) = (caller.user.id, query.page_size.0 as usize);
    let (lines, next_cursor) = state.sessions.list_sign_ins(user, range, size).await?;
    Ok(Success::new(ListSignInsResponse { items: lines.into_iter().map(to_wire).collect(), next_cursor }))
}

/// A line of the history.
pub(in crate::endpoints) fn to_wire(line: accounts::SignIn) -> SignIn {
    SignIn {
        at: line.at,
        device: line.device,
        method: match line.method {
            accounts::SignInMethod::Password => SignInMethod::Password,
            accounts::SignInMethod::Refresh => SignInMethod::Refresh,
            accounts::SignInMethod::Social => SignInMethod::Social,
            accounts::SignInMethod::Device => SignInMethod::Device,
            accounts::SignInMethod::Redirect => SignInMethod::Redirect,
        },
        outcome: match line.result {
            accounts::SignInResult::Success => SignInOutcome::Success,
            accounts::SignInResult::WrongPassword => SignInOutcome::WrongPassword,
            accounts::SignInResult::Disabled => SignInOutcome::Disabled,
        },
        place: sign_in_place(&line.location),
        session_id: line.session_id,
    }
}

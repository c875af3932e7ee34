//! `GET /api/v1/me/sign-ins`: the caller's sign-in history.

use actix_web::web;
use contracts::auth::sign_ins::{ListSignIns, ListSignInsResponse, SignIn, SignInMethod, SignInOutcome};
use service_kit::{ApiError, Input, Success};

use crate::endpoints::convert::sign_in_place;
use crate::extract::Caller;
use crate::state::AppState;
use accounts::domain;
use accounts::flows::HistoryRange;

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
pub(in crate::endpoints) fn to_wire(line: domain::SignIn) -> SignIn {
    SignIn {
        at: line.at,
        device: line.device,
        method: match line.method {
            domain::SignInMethod::Password => SignInMethod::Password,
            domain::SignInMethod::Refresh => SignInMethod::Refresh,
            domain::SignInMethod::Social => SignInMethod::Social,
        },
        outcome: match line.result {
            domain::SignInResult::Success => SignInOutcome::Success,
            domain::SignInResult::WrongPassword => SignInOutcome::WrongPassword,
            domain::SignInResult::Disabled => SignInOutcome::Disabled,
        },
        place: sign_in_place(&line.location),
        session_id: line.session_id,
    }
}

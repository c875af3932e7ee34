//! `GET /api/v1/sessions`: the caller's open sessions.

use actix_web::web;
use contracts::auth::sessions::{ListSessions, ListSessionsResponse, Session};
use service_kit::{ApiError, Input, Success};

use crate::endpoints::convert::sign_in_place;
use crate::extract::Caller;
use crate::state::AppState;

/// Lists open sessions.
pub async fn list_sessions(
    state: web::Data<AppState>,
    caller: Caller,
    _input: Input<ListSessions>,
) -> Result<Success<ListSessions>, ApiError> {
    let open = state.sessions.list(caller.user.id).await?;
    let items = open.into_iter().map(|session| Session {
        id: session.id,
        device: session.device,
        created_at: session.created_at,
        last_used_at: session.last_used_at,
        current: session.id == caller.session,
        place: sign_in_place(&session.location),
    });
    Ok(Success::new(ListSessionsResponse { items: items.collect() }))
}

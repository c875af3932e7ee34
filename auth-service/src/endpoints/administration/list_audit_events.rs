//! `GET /api/v1/audit`: acts of operators.

use actix_web::web;
use contracts::auth::audit::{ListAuditEvents, ListAuditEventsResponse};
use service_kit::{ApiError, Input, Success};

use super::convert::audit_event;
use crate::extract::OperatorCaller;
use crate::state::AppState;

/// Lists audit events, newest first.
pub async fn list_audit_events(
    state: web::Data<AppState>,
    operator: OperatorCaller,
    input: Input<ListAuditEvents>,
) -> Result<Success<ListAuditEvents>, ApiError> {
    let query = &input.query;
    let context = operator.context(("?reason", query.reason.as_ref()), state.now())?;
    let (about, size) = ((query.user_id, query.actor_id), query.page_size.0 as usize);
    let (events, next_cursor) = state.operators.list_audit_events(about, query.cursor.as_ref(), size, &context).await?;
    Ok(Success::new(ListAuditEventsResponse { items: events.into_iter().map(audit_event).collect(), next_cursor }))
}

//! `GET /api/v1/me/events`: changes of the caller's account.

use actix_web::web;
use contracts::auth::users::{AccountEvent, AccountEventKind, ListAccountEvents, ListAccountEventsResponse};
use service_kit::{ApiError, Success};

use crate::extract::Caller;
use crate::state::AppState;
use accounts::domain;

/// Maximum number of events.
const MAX_EVENTS: u64 = 100;

/// Lists the newest events.
pub async fn list_account_events(
    state: web::Data<AppState>,
    caller: Caller,
) -> Result<Success<ListAccountEvents>, ApiError> {
    let events = state.store.list_account_events(caller.user.id, MAX_EVENTS).await?;
    Ok(Success::new(ListAccountEventsResponse { items: events.into_iter().map(to_wire).collect() }))
}

/// A change of an account.
pub(in crate::endpoints) fn to_wire(event: domain::AccountEvent) -> AccountEvent {
    AccountEvent {
        at: event.at,
        kind: match event.kind {
            domain::AccountEventKind::SocialLinked => AccountEventKind::SocialLinked,
            domain::AccountEventKind::SocialUnlinked => AccountEventKind::SocialUnlinked,
            domain::AccountEventKind::PasswordSet => AccountEventKind::PasswordSet,
            domain::AccountEventKind::PasswordChanged => AccountEventKind::PasswordChanged,
            domain::AccountEventKind::PasswordReset => AccountEventKind::PasswordReset,
            domain::AccountEventKind::EmailProved => AccountEventKind::EmailProved,
            domain::AccountEventKind::EmailChanged => AccountEventKind::EmailChanged,
            domain::AccountEventKind::EmailFreed => AccountEventKind::EmailFreed,
            domain::AccountEventKind::DataExported => AccountEventKind::DataExported,
        },
        provider: Some(event.subject).filter(|subject| !subject.is_empty()),
        address: event.address.map(|address| address.to_string()),
    }
}

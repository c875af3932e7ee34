//! `GET /api/v1/me/events`: changes of the caller's account.

use actix_web::web;
use contracts::auth::users::{AccountEvent, AccountEventKind, ListAccountEvents, ListAccountEventsResponse};
use service_kit::{ApiError, Success};

use crate::extract::Caller;
use crate::state::AppState;

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
pub(in crate::endpoints) fn to_wire(event: accounts::AccountEvent) -> AccountEvent {
    AccountEvent {
        at: event.at,
        kind: match event.kind {
            accounts::AccountEventKind::SocialLinked => AccountEventKind::SocialLinked,
            accounts::AccountEventKind::SocialUnlinked => AccountEventKind::SocialUnlinked,
            accounts::AccountEventKind::PasswordSet => AccountEventKind::PasswordSet,
            accounts::AccountEventKind::PasswordChanged => AccountEventKind::PasswordChanged,
            accounts::AccountEventKind::PasswordReset => AccountEventKind::PasswordReset,
            accounts::AccountEventKind::EmailProved => AccountEventKind::EmailProved,
            accounts::AccountEventKind::EmailChanged => AccountEventKind::EmailChanged,
            accounts::AccountEventKind::EmailFreed => AccountEventKind::EmailFreed,
            accounts::AccountEventKind::DataExported => AccountEventKind::DataExported,
        },
        provider: Some(event.subject).filter(|subject| !subject.is_empty()),
        address: event.address.map(|address| address.to_string()),
    }
}

//! State of an account's e-mail, as its pages show it.

use accounts::User;
use service_kit::database::DatabaseError;

use crate::state::AppState;

/// State of an account's e-mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressState {
    /// The owner has proved to read the mailbox.
    Proved,
    /// Typed, and not proved.
    Claimed,
    /// None any more: the owner of the mailbox took it, an operator freed it, or another account has kept it as a
    /// spelling of its own. A password is never set without an address.
    Lost,
    /// There never was one.
    Missing,
}

/// State of the e-mail of `user`.
///
/// # Errors
/// When the database is unavailable.
pub async fn address_state(state: &AppState, user: &User) -> Result<AddressState, DatabaseError> {
    let Some(email) = &user.email else {
        return Ok(if user.password_hash.is_some() { AddressState::Lost } else { AddressState::Missing });
    };
    let login = state.store.find_login(email).await?;
    let is_proved = login.is_some_and(|login| login.user.id == user.key.id && !login.is_claim());
    Ok(if is_proved { AddressState::Proved } else { AddressState::Claimed })
}

//! Provider tokens at rest: sealed, and kept only for revocation at the provider.

use zeroize::Zeroizing;

use crate::domain::{Identity, IdentityKey, NewIdentity};
use crate::providers::Grant;
use crate::state::AppState;

/// Seals a grant for the row of its identity. `None` when the system has no random bytes.
pub(super) fn seal(state: &AppState, key: &IdentityKey, grant: &Grant) -> Option<Vec<u8>> {
    let plain = Zeroizing::new(serde_json::to_vec(grant).ok()?);
    state.social.grants.seal_bytes(&plain, &context(key))
}

/// The grant to keep after another sign-in. Google issues a refresh token at the first consent only: a stored grant
/// with one is better than a new grant without one.
pub(super) fn keep(state: &AppState, known: &Identity, used: NewIdentity, now: Option<&Grant>) -> NewIdentity {
    let can_refresh = |grant: &Grant| grant.refresh_token.is_some();
    let before = open(state, known).is_some_and(|grant| can_refresh(&grant));
    if before && !now.is_some_and(can_refresh) {
        return NewIdentity { sealed_grant: known.sealed_grant.clone(), ..used };
    }
    used
}

/// Revokes the grant of an unlinked identity at the provider. An error of the provider is logged as a warning and does
/// not fail the request: the identity is already unlinked here.
pub(in crate::flows) async fn withdraw(state: &AppState, identity: &Identity) {
    let provider = &identity.key.provider;
    let (Some(enabled), false) = (state.providers.find(provider), identity.sealed_grant.is_empty()) else { return };
    let Some(grant) = open(state, identity) else {
        tracing::warn!(%provider, user.id = %identity.user_id, "a grant cannot be read any more; it is not withdrawn");
        return;
    };
    if let Err(error) = enabled.provider.revoke(&grant).await {
        tracing::warn!(%provider, user.id = %identity.user_id, %error, "a grant was not withdrawn at the provider");
    }
}

fn open(state: &AppState, identity: &Identity) -> Option<Grant> {
    let plain = state.social.grants.open_bytes(&identity.sealed_grant, &context(&identity.key))?;
    serde_json::from_slice(&plain).ok()
}

/// Binds a sealed grant to its row: moved to another row it does not open.
fn context(key: &IdentityKey) -> Vec<u8> {
    [key.provider.as_str().as_bytes(), b"\0", key.subject.as_bytes()].concat()
}

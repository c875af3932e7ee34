//! Tokens of providers at rest: sealed, and only as long as they can withdraw what was granted.

use zeroize::Zeroizing;

use crate::domain::{Identity, IdentityKey, NewIdentity};
use crate::providers::Grant;
use crate::state::AppState;

/// Seals a grant for the row of its identity. `None` when the system has no random bytes.
pub(super) fn seal(state: &AppState, key: &IdentityKey, grant: &Grant) -> Option<Vec<u8>> {
    let plain = Zeroizing::new(serde_json::to_vec(grant).ok()?);
    state.social.grants.seal_bytes(&plain, &context(key))
}

/// What to keep of a grant after another sign-in. Google gives a refresh token at the first consent only: what came then is
/// worth more than what comes without one now.
pub(super) fn keep(state: &AppState, known: &Identity, used: NewIdentity, now: Option<&Grant>) -> NewIdentity {
    let can_refresh = |grant: &Grant| grant.refresh_token.is_some();
    let before = open(state, known).is_some_and(|grant| can_refresh(&grant));
    if before && !now.is_some_and(can_refresh) {
        return NewIdentity { sealed_grant: known.sealed_grant.clone(), ..used };
    }
    used
}

/// Withdraws at the provider what belonged to an identity that is unlinked here already. A provider that fails to do so is a
/// reason to warn, not to fail: here the identity is gone.
pub(in crate::flows) async fn withdraw(state: &AppState, identity: &Identity) {
    let provider = &identity.key.provider;
    let (Some(offered), false) = (state.providers.find(provider), identity.sealed_grant.is_empty()) else { return };
    let Some(grant) = open(state, identity) else {
        tracing::warn!(%provider, user.id = %identity.user_id, "a grant cannot be read any more; it is not withdrawn");
        return;
    };
    if let Err(error) = offered.provider.revoke(&grant).await {
        tracing::warn!(%provider, user.id = %identity.user_id, %error, "a grant was not withdrawn at the provider");
    }
}

fn open(state: &AppState, identity: &Identity) -> Option<Grant> {
    let plain = state.social.grants.open_bytes(&identity.sealed_grant, &context(&identity.key))?;
    serde_json::from_slice(&plain).ok()
}

/// A grant that was moved to another row does not open.
fn context(key: &IdentityKey) -> Vec<u8> {
    [key.provider.as_str().as_bytes(), b"\0", key.subject.as_bytes()].concat()
}

//! Tokens of providers at rest: sealed, and only as long as they can withdraw what was granted.

use zeroize::Zeroizing;

use crate::domain::{Identity, IdentityKey};
use crate::providers::Grant;
use crate::state::AppState;

/// Seals a grant for the row of its identity. `None` when the system has no random bytes.
pub(super) fn seal(state: &AppState, key: &IdentityKey, grant: &Grant) -> Option<Vec<u8>> {
    let plain = Zeroizing::new(serde_json::to_vec(grant).ok()?);
    state.social.grants.seal_bytes(&plain, &context(key))
}

/// Withdraws at the provider what belonged to an identity that is unlinked here already. A provider that fails to do so is a
/// reason to warn, not to fail: here the identity is gone.
pub(in crate::flows) async fn withdraw(state: &AppState, identity: &Identity) {
    let provider = &identity.key.provider;
    let (Some(offered), false) = (state.providers.find(provider), identity.sealed_grant.is_empty()) else { return };
    let plain = state.social.grants.open_bytes(&identity.sealed_grant, &context(&identity.key));
    let Some(grant) = plain.and_then(|plain| serde_json::from_slice::<Grant>(&plain).ok()) else {
        tracing::warn!(%provider, user.id = %identity.user_id, "a grant cannot be read any more; it is not withdrawn");
        return;
    };
    if let Err(error) = offered.provider.revoke(&grant).await {
        tracing::warn!(%provider, user.id = %identity.user_id, %error, "a grant was not withdrawn at the provider");
    }
}

/// A grant that was moved to another row does not open.
fn context(key: &IdentityKey) -> Vec<u8> {
    [key.provider.as_str().as_bytes(), b"\0", key.subject.as_bytes()].concat()
}

//! Provider tokens at rest: sealed, and kept only for revocation at the provider.

use accounts::{Identity, IdentityKey, NewIdentity};
use service_kit::Sealer;
use social_providers::{Grant, Providers};
use zeroize::Zeroizing;

/// Seal of grants, and the providers that revoke them.
pub struct ProviderGrants {
    providers: Providers,
    sealer: Sealer,
}

impl ProviderGrants {
    /// Creates it with the secret shared by all replicas.
    pub fn new(secret: &[u8], providers: Providers) -> Self {
        Self { providers, sealer: Sealer::new(secret, "sealed social grant") }
    }

    /// Seals a grant for the row of its identity. `None` when the system has no random bytes.
    pub(crate) fn seal(&self, key: &IdentityKey, grant: &Grant) -> Option<Vec<u8>> {
        let plain = Zeroizing::new(serde_json::to_vec(grant).ok()?);
        self.sealer.seal_bytes(&plain, &context(key))
    }

    /// The grant to keep after another sign-in. Google issues a refresh token at the first consent only: a stored grant
    /// with one is better than a new grant without one.
    pub(crate) fn keep(&self, known: &Identity, used: NewIdentity, now: Option<&Grant>) -> NewIdentity {
        let can_refresh = |grant: &Grant| grant.refresh_token.is_some();
        let before = self.open(known).is_some_and(|grant| can_refresh(&grant));
        if before && !now.is_some_and(can_refresh) {
            return NewIdentity { sealed_grant: known.sealed_grant.clone(), ..used };
        }
        used
    }

    /// Revokes the grant of an unlinked identity at the provider. An error of the provider is logged as a warning and
    /// does not fail the request: the identity is already unlinked here.
    pub(crate) async fn withdraw(&self, identity: &Identity) {
        let provider = &identity.key.provider;
        let (Some(enabled), false) = (self.providers.find(provider), identity.sealed_grant.is_empty()) else { return };
        let Some(grant) = self.open(identity) else {
            tracing::warn!(%provider, user.id = %identity.user_id, "a grant cannot be read any more; it is not withdrawn");
            return;
        };
        if let Err(error) = enabled.provider.revoke(&grant).await {
            tracing::warn!(%provider, user.id = %identity.user_id, %error, "a grant was not withdrawn at the provider");
        }
    }

    fn open(&self, identity: &Identity) -> Option<Grant> {
        let plain = self.sealer.open_bytes(&identity.sealed_grant, &context(&identity.key))?;
        serde_json::from_slice(&plain).ok()
    }
}

/// Binds a sealed grant to its row: moved to another row it does not open.
fn context(key: &IdentityKey) -> Vec<u8> {
    [key.provider.as_str().as_bytes(), b"\0", key.subject.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    #[test]
    fn grants_of_earlier_releases_open() {
        let grants = ProviderGrants::new(b"a key of this installation, 256 bits", Providers::default());
        let text = "dmhc9BN0gl6Xu-3XiSJhMxLDRfeYkr8F_zyW7z1KxM8wQHTKSL5pN7-soqIQTkz5zMPvC0K7LAeSwmq_nrg";
        let grant = grants.sealer.open_bytes(&URL_SAFE_NO_PAD.decode(text).unwrap(), b"google\0person-1").unwrap();
        assert_eq!(grant.as_slice(), br#"{"access_token":"an access token"}"#);
    }
}

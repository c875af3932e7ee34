//! What an installation needs for social sign-in beside its providers.

use super::login_state::ClientKind;
use crate::domain::ProviderId;
use crate::tokens::Sealer;

/// Stands for the provider's id in the redirect URI of apps.
pub const PROVIDER_PLACE: &str = "{provider}";

/// Keys and redirect URIs.
pub struct SocialSetup {
    pub(super) tickets: Sealer,
    pub(super) grants: Sealer,
    site: String,
    app: Option<String>,
}

impl SocialSetup {
    /// With the secret that all replicas share, the public base URL without a trailing slash, and the redirect URI of apps, in
    /// which [`PROVIDER_PLACE`] stands for the provider.
    pub fn new(secret: &[u8], site: &str, app: Option<String>) -> Self {
        Self {
            tickets: Sealer::new(secret, "social ticket"),
            grants: Sealer::new(secret, "social grant"),
            site: site.to_owned(),
            app,
        }
    }

    /// Where a provider has to send browsers back to: an address of its own for each provider, so that no answer of one can be
    /// taken for another's (RFC 9700 §4.4.2). `None` for apps when the settings name none.
    pub fn redirect_uri(&self, provider: &ProviderId, channel: ClientKind) -> Option<String> {
        match channel {
            ClientKind::Site => Some(format!("{}/account/social/{provider}/callback", self.site)),
            ClientKind::App => self.app.as_ref().map(|app| app.replace(PROVIDER_PLACE, provider.as_str())),
        }
    }
}

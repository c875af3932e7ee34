//! Settings of social sign-in other than the providers.

use contracts::auth::social::ProviderId;

use super::login_state::ClientKind;
use crate::tokens::Sealer;

/// Placeholder of the provider's id in the redirect URI of apps.
pub const PROVIDER_PLACEHOLDER: &str = "{provider}";

/// Keys and redirect URIs.
pub struct SocialSetup {
    pub(super) login_states: Sealer,
    pub(super) grants: Sealer,
    site: String,
    app: Option<String>,
}

impl SocialSetup {
    /// Creates it with the secret shared by all replicas, the public base URL without a trailing slash, and the
    /// redirect URI of apps, with [`PROVIDER_PLACEHOLDER`] as placeholder of the provider.
    pub fn new(secret: &[u8], site: &str, app: Option<String>) -> Self {
        Self {
            login_states: Sealer::new(secret, "social ticket"),
            grants: Sealer::new(secret, "social grant"),
            site: site.to_owned(),
            app,
        }
    }

    /// Redirect URI of a provider: a distinct one for each provider, which prevents mix-up attacks (RFC 9700 §4.4.2).
    /// `None` for apps when none is configured.
    pub fn redirect_uri(&self, provider: &ProviderId, channel: ClientKind) -> Option<String> {
        match channel {
            ClientKind::Site => Some(format!("{}/account/social/{provider}/callback", self.site)),
            ClientKind::App => self.app.as_ref().map(|app| app.replace(PROVIDER_PLACEHOLDER, provider.as_str())),
        }
    }
}

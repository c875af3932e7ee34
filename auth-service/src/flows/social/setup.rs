//! Settings of social sign-in other than the providers.

use contracts::auth::social::ProviderId;
use service_kit::Sealer;

use super::login_state::ClientKind;
use crate::config::PROVIDER_PLACEHOLDER;

/// Keys and redirect URIs.
pub struct SocialSetup {
    pub(super) login_states: Sealer,
    site: String,
    app: Option<String>,
}

impl SocialSetup {
    /// Creates it with the secret shared by all replicas, the public base URL without a trailing slash, and the
    /// redirect URI of apps, with [`PROVIDER_PLACEHOLDER`] as placeholder of the provider.
    pub fn new(secret: &[u8], site: &str, app: Option<String>) -> Self {
        Self { login_states: Sealer::new(secret, "sealed social ticket"), site: site.to_owned(), app }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_earlier_releases_open() {
        let setup = SocialSetup::new(b"a key of this installation, 256 bits", "https://example.org", None);
        let state = setup.login_states.open("fXbPCuY8w5B_tZgfRtecF0c0cvfHv91anTUiJ1o7CeRa5OJqTRE7POHWSw");
        assert_eq!(state, Some("a login state".to_owned()));
    }
}

//! Redirect URIs of social sign-in.

use contracts::auth::social::ProviderId;
use serde::{Deserialize, Serialize};

/// Placeholder of the provider's id in the redirect URI of apps.
pub const PROVIDER_PLACEHOLDER: &str = "{provider}";

/// Target of the redirect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClientKind {
    /// The account page.
    Site,
    /// The app, by the configured redirect URI.
    App,
}

/// Redirect URIs of this installation.
#[derive(Debug, Clone)]
pub struct RedirectUris {
    /// Public base URL without a trailing slash.
    pub site: String,
    /// Redirect URI of apps, with [`PROVIDER_PLACEHOLDER`] in it; `None` when there are no apps.
    pub app: Option<String>,
}

impl RedirectUris {
    /// Redirect URI of a provider: a distinct one for each provider, which prevents mix-up attacks (RFC 9700 §4.4.2).
    /// `None` for apps when none is configured.
    pub fn find(&self, provider: &ProviderId, client: ClientKind) -> Option<String> {
        match client {
            ClientKind::Site => Some(format!("{}/account/social/{provider}/callback", self.site)),
            ClientKind::App => self.app.as_ref().map(|app| app.replace(PROVIDER_PLACEHOLDER, provider.as_str())),
        }
    }
}

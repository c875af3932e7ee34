//! Settings of social sign-in for apps.

use clap::Args;
use service_kit::settings::ConfigErrors;
use url::{Host, Url};

use accounts::PROVIDER_PLACEHOLDER;

/// Checked settings of social sign-in that are not a provider's own.
#[derive(Debug, Clone, Default)]
pub struct SocialConfig {
    /// Redirect URI of apps, with [`PROVIDER_PLACEHOLDER`] in it; `None` when there are no apps.
    pub app_redirect_uri: Option<String>,
}

/// Settings of social sign-in for apps.
#[derive(Debug, Clone, Args)]
pub struct SocialSettings {
    /// Redirect URI of providers for browsers opened by an app, such as `https://app.example.org/in/{provider}` or
    /// `org.example.app:/in/{provider}`; each is to be registered with its provider [default: none, apps cannot sign in
    /// with providers]. The account page needs no setting: its redirect URIs are
    /// ISSUER/account/social/{provider}/callback.
    #[arg(long, global = true, env = "AUTH_SOCIAL_APP_REDIRECT_URI")]
    pub social_app_redirect_uri: Option<String>,
}

impl SocialSettings {
    pub(super) fn read(&self, errors: &mut ConfigErrors) -> SocialConfig {
        let text = self.social_app_redirect_uri.as_deref().map(str::trim).filter(|text| !text.is_empty());
        let checked = text.map(redirect_uri).transpose();
        SocialConfig { app_redirect_uri: errors.take("AUTH_SOCIAL_APP_REDIRECT_URI", checked, None) }
    }
}

/// RFC 6749 §3.1.2 (absolute, no fragment), RFC 8252 §7: https, http on loopback, or a scheme that is a reversed domain
/// name.
fn redirect_uri(text: &str) -> Result<String, String> {
    let filled = text.replace(PROVIDER_PLACEHOLDER, "provider");
    let url = Url::parse(&filled).map_err(|error| error.to_string())?;
    if filled == text {
        return Err(format!("must hold {PROVIDER_PLACEHOLDER}, so that each provider has a redirect URI of its own"));
    }
    if url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
        return Err("must not have a fragment or a user".into());
    }
    let loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    match url.scheme() {
        "https" => Ok(text.to_owned()),
        "http" if loopback => Ok(text.to_owned()),
        scheme if scheme.contains('.') => Ok(text.to_owned()),
        _ => Err("must be https, http on loopback, or a scheme of your own that is a reversed domain name".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirect_uris_are_https_loopback_or_a_private_scheme() {
        for good in [
            "https://app.example.org/in/{provider}",
            "http://127.0.0.1/{provider}",
            "http://localhost:81/{provider}",
            "org.example.app:/in/{provider}",
        ] {
            assert_eq!(redirect_uri(good).as_deref(), Ok(good));
        }
        for bad in [
            "https://app.example.org/in",
            "http://app.example.org/{provider}",
            "https://app.example.org/{provider}#x",
            "https://a@app.example.org/{provider}",
            "javascript:alert('{provider}')",
            "/in/{provider}",
            "myapp:/in/{provider}",
        ] {
            redirect_uri(bad).unwrap_err();
        }
    }
}

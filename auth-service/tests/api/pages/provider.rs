//! A social provider for tests: the authorization code is the name of the user.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use contracts::auth::social::ProviderId;
use social_providers::{
    AuthorizationRequest, AuthorizationResponse, EmailAddress, EnabledProvider, Grant, Label, Profile, Provider,
    ProviderError, Providers,
};
use url::Url;

/// Accepts every code: `NAME` is the user of that name, `NAME=ADDRESS` one with a verified address. Some names are
/// those of failures; the first use of `late` fails before the code is sent.
#[derive(Default)]
struct Stub {
    was_late: AtomicBool,
}

#[async_trait]
impl Provider for Stub {
    async fn authorize_url(&self, request: &AuthorizationRequest<'_>) -> Result<Url, ProviderError> {
        let state = [("state", request.state), ("redirect_uri", request.redirect_uri)];
        Ok(Url::parse_with_params("https://provider.test/authorize?x=\"><b>", state).unwrap())
    }

    async fn identify(&self, response: &AuthorizationResponse<'_>) -> Result<Profile, ProviderError> {
        let (name, address) = response.code.expose().split_once('=').unwrap_or((response.code.expose(), ""));
        if name == "late" && !self.was_late.swap(true, Ordering::Relaxed) {
            return Err(ProviderError::Unavailable("a test"));
        }
        response.code_use.set(true);
        match name {
            "refused" => return Err(ProviderError::Refused),
            "confused" => return Err(ProviderError::NotAcceptable("a test")),
            "away" => return Err(ProviderError::Unavailable("a test")),
            _ => {}
        }
        let address = (!address.is_empty()).then(|| address.to_owned());
        let email = address.map(|address| EmailAddress { address, vouched: true });
        let names = vec![format!("<i>{name}</i>")];
        Ok(Profile { subject: name.to_owned(), email, names, birth_date: None, grant: None })
    }

    async fn revoke(&self, _: &Grant) -> Result<(), ProviderError> {
        Ok(())
    }

    fn issuer(&self) -> Option<&str> {
        None
    }
}

/// Two providers, `stub` and `other`.
pub fn providers() -> Providers {
    let enabled = |id: &str, en: &str, ru: &str| EnabledProvider {
        id: ProviderId::parse(id).unwrap(),
        label: Label { ru: ru.into(), en: en.into() },
        provider: Arc::new(Stub::default()),
    };
    Providers::new(vec![enabled("stub", "Stub & Sons", "Заглушка"), enabled("other", "Other", "Другой")])
}

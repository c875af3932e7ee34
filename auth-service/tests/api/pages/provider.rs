//! A social provider for tests: whoever comes back with a code is who the code says.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use auth_service::domain::{DisplayName, Email, ProviderId};
use auth_service::providers::{
    AuthorizationRequest, AuthorizationResponse, EmailAddress, EnabledProvider, Grant, Label, Profile, Provider,
    ProviderError, Providers,
};
use url::Url;

/// Knows everybody: the code `NAME` is the person of that name, `NAME=ADDRESS` has a mailbox there as well. Some names are
/// those of failures; the code of `late` does not get there the first time.
#[derive(Default)]
struct Stub {
    was_late: AtomicBool,
}

#[async_trait]
impl Provider for Stub {
    async fn authorize_url(&self, departure: &AuthorizationRequest<'_>) -> Result<Url, ProviderError> {
        let state = [("state", departure.state), ("redirect_uri", departure.redirect_uri)];
        Ok(Url::parse_with_params("https://provider.test/authorize?x=\"><b>", state).unwrap())
    }

    async fn identify(&self, arrival: &AuthorizationResponse<'_>) -> Result<Profile, ProviderError> {
        let (name, address) = arrival.code.expose().split_once('=').unwrap_or((arrival.code.expose(), ""));
        if name == "late" && !self.was_late.swap(true, Ordering::Relaxed) {
            return Err(ProviderError::Unavailable("a test"));
        }
        arrival.code_use.set(true);
        match name {
            "refused" => return Err(ProviderError::Refused),
            "confused" => return Err(ProviderError::NotAcceptable("a test")),
            "away" => return Err(ProviderError::Unavailable("a test")),
            _ => {}
        }
        let email = Email::parse(address).ok().map(|address| EmailAddress { address, vouched: true });
        let (subject, display_name) = (name.to_owned(), DisplayName::shortened(&format!("<i>{name}</i>")));
        Ok(Profile { subject, email, display_name, birth_date: None, grant: None })
    }

    async fn revoke(&self, _: &Grant) -> Result<(), ProviderError> {
        Ok(())
    }

    fn issuer(&self) -> Option<&str> {
        None
    }
}

/// Two of them, `stub` and `other`.
pub fn providers() -> Providers {
    let offered = |id: &str, en: &str, ru: &str| EnabledProvider {
        id: ProviderId::parse(id).unwrap(),
        label: Label { ru: ru.into(), en: en.into() },
        provider: Arc::new(Stub::default()),
    };
    Providers::new(vec![offered("stub", "Stub & Sons", "Заглушка"), offered("other", "Other", "Другой")])
}

//! Sign-in with social providers.

use super::accounts::{anna, tv};
use super::sessions::tokens;
use crate::auth::roles::SUBSCRIBER;
use crate::auth::social::{
    FinishSocialLink, FinishSocialLinkRequest, FinishSocialLinkResponse, FinishSocialLogin, FinishSocialLoginRequest,
    FinishSocialLoginResponse, ListProviders, ListProvidersResponse, ListSocialAccounts, ListSocialAccountsResponse,
    ProviderInfo, ProviderPath, SocialAccount, SocialAccountPath, StartSocialLink, StartSocialLogin,
    StartSocialRequest, StartSocialResponse, UnlinkSocialAccount,
};
use crate::examples::{Example, Examples, world};
use crate::{Language, NoContent};

fn provider() -> ProviderPath {
    ProviderPath { provider: "google".to_owned() }
}

fn started() -> StartSocialResponse {
    StartSocialResponse {
        authorize_url: "https://accounts.example/authorize?client_id=marquee&state=example-state".to_owned(),
        ticket: world::secret("ticket"),
        expires_in: 600,
    }
}

pub(super) fn linked() -> SocialAccount {
    SocialAccount {
        id: world::SOCIAL_ACCOUNT,
        provider: "google".to_owned(),
        label: world::EMAIL.to_owned(),
        linked_at: world::at("2026-03-20T20:15:00Z"),
        last_used_at: None,
    }
}

impl Examples for ListProviders {
    fn example() -> Example<Self> {
        let info = |id: &str, name_ru: &str, name_en: &str| ProviderInfo {
            id: id.to_owned(),
            name_ru: name_ru.to_owned(),
            name_en: name_en.to_owned(),
        };
        let items = vec![info("google", "Google", "Google"), info("yandex", "Яндекс", "Yandex")];
        Example::new("two_providers", "Two providers", ListProvidersResponse { items })
    }
}

impl Examples for StartSocialLogin {
    fn example() -> Example<Self> {
        Example::new("google", "A sign-in with Google begins", started())
            .path(provider())
            .body(StartSocialRequest { language: Language::En })
    }
}

impl Examples for FinishSocialLogin {
    fn example() -> Example<Self> {
        let output = FinishSocialLoginResponse { user: anna(&[SUBSCRIBER]), tokens: tokens() };
        Example::new("signed_in", "Anna signs in with Google", output).path(provider()).body(FinishSocialLoginRequest {
            ticket: world::secret("ticket"),
            callback: crate::Secret::new("code=example-code&state=example-state"),
            take_claimed: false,
            device: tv(),
        })
    }
}

impl Examples for ListSocialAccounts {
    fn example() -> Example<Self> {
        Example::new("one_account", "One linked account", ListSocialAccountsResponse { items: vec![linked()] })
    }
}

impl Examples for StartSocialLink {
    fn example() -> Example<Self> {
        Example::new("google", "A link to Google begins", started())
            .path(provider())
            .body(StartSocialRequest { language: Language::En })
    }
}

impl Examples for FinishSocialLink {
    fn example() -> Example<Self> {
        let output = FinishSocialLinkResponse { social_account: linked() };
        Example::new("linked", "Anna's account at Google is linked", output).path(provider()).body(
            FinishSocialLinkRequest {
                ticket: world::secret("ticket"),
                callback: crate::Secret::new("code=example-code&state=example-state"),
            },
        )
    }
}

impl Examples for UnlinkSocialAccount {
    fn example() -> Example<Self> {
        Example::new("unlinked", "Anna's account at Google is unlinked", NoContent {})
            .path(SocialAccountPath { social_account_id: world::SOCIAL_ACCOUNT })
    }
}

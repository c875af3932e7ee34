//! Kinds of providers, and their endpoints.

/// A provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Google.
    Google,
    /// Yandex ID.
    Yandex,
    /// VK ID, with Mail.ru and Odnoklassniki.
    Vk,
    /// Mail.ru, by its legacy OAuth application.
    MailRu,
    /// A plain OpenID Connect provider.
    Oidc,
}

/// An endpoint of a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// The authorization endpoint.
    Authorize,
    /// Exchanges codes and refresh tokens.
    Token,
    /// Returns the profile of a token.
    Userinfo,
    /// Keys of ID tokens.
    Jwks,
    /// Revokes tokens.
    Revoke,
    /// The discovery document.
    Discovery,
}

impl Kind {
    /// All of them, in the order of their ports.
    pub const ALL: [Self; 5] = [Self::Google, Self::Yandex, Self::Vk, Self::MailRu, Self::Oidc];

    /// Display name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Google => "Google",
            Self::Yandex => "Yandex ID",
            Self::Vk => "VK ID",
            Self::MailRu => "Mail",
            Self::Oidc => "OpenID Connect",
        }
    }

    /// Id of its only client.
    pub const fn client_id(self) -> &'static str {
        match self {
            Self::Google => "1044-cinema.apps.stub.test",
            Self::Yandex => "4760187d81bc4b7799476b42b5103713",
            Self::Vk => "51777777",
            Self::MailRu => "7e5f0000000000000000000000000001",
            Self::Oidc => "cinema:web",
        }
    }

    /// Its secret.
    pub const fn client_secret(self) -> Option<&'static str> {
        match self {
            Self::Google => Some("canary-google-secret"),
            Self::Yandex => Some("canary-yandex-secret"),
            Self::Vk => None,
            Self::MailRu => Some("canary-mail-ru-secret"),
            Self::Oidc => Some("canary-oidc secret:&%"),
        }
    }

    const fn paths(self) -> &'static [(&'static str, Endpoint)] {
        match self {
            Self::Google => &[
                ("/o/oauth2/v2/auth", Endpoint::Authorize),
                ("/token", Endpoint::Token),
                ("/v1/userinfo", Endpoint::Userinfo),
                ("/oauth2/v3/certs", Endpoint::Jwks),
                ("/revoke", Endpoint::Revoke),
            ],
            Self::Yandex => &[
                ("/authorize", Endpoint::Authorize),
                ("/token", Endpoint::Token),
                ("/info", Endpoint::Userinfo),
                ("/revoke_token", Endpoint::Revoke),
            ],
            Self::Vk => &[
                ("/authorize", Endpoint::Authorize),
                ("/oauth2/auth", Endpoint::Token),
                ("/oauth2/user_info", Endpoint::Userinfo),
                ("/oauth2/revoke", Endpoint::Revoke),
            ],
            Self::MailRu => {
                &[("/login", Endpoint::Authorize), ("/token", Endpoint::Token), ("/userinfo", Endpoint::Userinfo)]
            }
            Self::Oidc => &[
                ("/.well-known/openid-configuration", Endpoint::Discovery),
                ("/authorize", Endpoint::Authorize),
                ("/token", Endpoint::Token),
                ("/userinfo", Endpoint::Userinfo),
                ("/jwks", Endpoint::Jwks),
                ("/revoke", Endpoint::Revoke),
            ],
        }
    }

    pub(crate) fn endpoint(self, path: &str) -> Option<Endpoint> {
        self.paths().iter().find(|(known, _)| *known == path).map(|(_, endpoint)| *endpoint)
    }

    pub(crate) fn path(self, endpoint: Endpoint) -> &'static str {
        self.paths().iter().find(|(_, known)| *known == endpoint).map_or("", |(path, _)| *path)
    }

    /// The settings of auth-service for a stub at `base`.
    pub(crate) fn environment(self, base: &str) -> Vec<(String, String)> {
        let prefix = match self {
            Self::Google => "AUTH_GOOGLE",
            Self::Yandex => "AUTH_YANDEX",
            Self::Vk => "AUTH_VK",
            Self::MailRu => "AUTH_MAIL_RU",
            Self::Oidc => "AUTH_OIDC",
        };
        let url = |endpoint| format!("{base}{}", self.path(endpoint));
        let mut found = vec![("CLIENT_ID", self.client_id().to_owned())];
        found.extend(self.client_secret().map(|secret| ("CLIENT_SECRET", secret.to_owned())));
        found.extend(match self {
            Self::Google => vec![
                ("AUTHORIZE_URL", url(Endpoint::Authorize)),
                ("TOKEN_URL", url(Endpoint::Token)),
                ("USERINFO_URL", url(Endpoint::Userinfo)),
                ("JWKS_URL", url(Endpoint::Jwks)),
                ("REVOKE_URL", url(Endpoint::Revoke)),
            ],
            Self::Yandex => vec![("OAUTH_URL", base.to_owned()), ("API_URL", base.to_owned())],
            Self::Vk | Self::MailRu => vec![("URL", base.to_owned())],
            Self::Oidc => vec![("ISSUER", base.to_owned()), ("NAME", "Stub ID".to_owned())],
        });
        found.into_iter().map(|(name, value)| (format!("{prefix}_{name}"), value)).collect()
    }
}

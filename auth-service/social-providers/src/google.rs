//! Google (OpenID Connect, <https://developers.google.com/identity/openid-connect/openid-connect>).

use std::sync::Arc;

use async_trait::async_trait;
use secrecy::SecretString;
use service_kit::Clock;
use url::Url;

use crate::claims::email;
use crate::exchange::Application;
use crate::http::ProviderHttp;
use crate::jwks::KeySet;
use crate::jws::RS256;
use crate::openid::{Endpoints, RelyingParty, profile};
use crate::provider::{AuthorizationRequest, AuthorizationResponse, Grant, Profile, Provider, ProviderError};
use crate::trust;

const ISSUER: &str = "https://accounts.google.com";
/// Spelling in old tokens.
const OLD_ISSUER: &str = "accounts.google.com";

/// Settings of Google.
#[derive(Debug, Clone)]
pub struct GoogleSettings {
    /// Client id.
    pub client_id: String,
    /// Client secret.
    pub client_secret: SecretString,
    /// Authorization endpoint.
    pub authorize_url: Url,
    /// Token endpoint.
    pub token_url: Url,
    /// Userinfo endpoint.
    pub userinfo_url: Url,
    /// Keys of ID tokens (JWKS).
    pub jwks_url: Url,
    /// Revocation endpoint.
    pub revoke_url: Url,
}

pub(crate) struct Google {
    application: Application,
    endpoints: Endpoints,
    party: RelyingParty,
}

impl Google {
    pub(crate) fn new(settings: GoogleSettings, http: ProviderHttp, clock: Arc<dyn Clock>) -> Self {
        let secret = Some(settings.client_secret);
        Self {
            application: Application { id: settings.client_id, secret, in_body: true },
            endpoints: Endpoints {
                authorize: settings.authorize_url,
                token: settings.token_url,
                jwks: settings.jwks_url,
                userinfo: Some(settings.userinfo_url),
                revoke: Some(settings.revoke_url),
            },
            party: RelyingParty {
                http,
                keys: KeySet::default(),
                issuers: vec![ISSUER.to_owned(), OLD_ISSUER.to_owned()],
                algorithms: &[RS256],
                clock,
            },
        }
    }
}

#[async_trait]
impl Provider for Google {
    async fn authorize_url(&self, request: &AuthorizationRequest<'_>) -> Result<Url, ProviderError> {
        // Offline, because an access token expires after an hour and only a refresh token can be revoked later.
        let more = [
            ("nonce", request.nonce),
            ("access_type", "offline"),
            ("prompt", "select_account"),
            ("hl", request.language.tag()),
        ];
        self.application.authorize_url(&self.endpoints.authorize, request, "openid email profile", &more)
    }

    async fn identify(&self, response: &AuthorizationResponse<'_>) -> Result<Profile, ProviderError> {
        let (claims, tokens) = self.party.identify(&self.application, &self.endpoints, response).await?;
        let verified = trust::says_verified(claims.email_verified.as_ref());
        let address = email(claims.email.as_deref(), |address| trust::google(address, verified, claims.hd.as_deref()));
        profile(claims, tokens, address, true)
    }

    async fn revoke(&self, grant: &Grant) -> Result<(), ProviderError> {
        match &self.endpoints.revoke {
            Some(endpoint) => self.party.revoke(endpoint, &self.application, grant).await,
            None => Ok(()),
        }
    }

    fn issuer(&self) -> Option<&str> {
        Some(ISSUER)
    }
}

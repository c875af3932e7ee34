//! Any OpenID Connect provider, by its discovery document (OpenID Connect Discovery 1.0).

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use contracts::auth::social::ProviderId;
use secrecy::SecretString;
use serde::Deserialize;
use service_kit::Clock;
use service_kit::client::{EgressPolicy, ExternalRequest};
use url::Url;

use crate::claims::email;
use crate::exchange::Application;
use crate::http::ProviderHttp;
use crate::jwks::KeySet;
use crate::jws::ALGORITHMS;
use crate::lenient;
use crate::openid::{Endpoints, RelyingParty, profile};
use crate::provider::{AuthorizationRequest, AuthorizationResponse, Grant, Profile, Provider, ProviderError};
use crate::trust;

/// Maximum age of a cached discovery document.
const MAX_AGE: TimeDelta = TimeDelta::hours(1);

/// Settings of a provider with a discovery document.
#[derive(Debug, Clone)]
pub struct OidcSettings {
    /// Id in URLs and rows. Subjects are unique within it, so another issuer needs another id.
    pub id: ProviderId,
    /// Label of its button.
    pub name: String,
    /// Issuer, exactly as in its tokens and its discovery document.
    pub issuer: String,
    /// Client id.
    pub client_id: String,
    /// Client secret; public clients have none.
    pub client_secret: Option<SecretString>,
    /// Requested scopes, separated by spaces.
    pub scopes: String,
    /// `true` when its claim `email_verified` is trusted.
    pub trust_email: bool,
}

pub(crate) struct Oidc {
    settings: OidcSettings,
    /// Policy for the hosts in the document.
    egress: EgressPolicy,
    party: RelyingParty,
    cache: ArcSwapOption<Discovered>,
}

struct Discovered {
    at: DateTime<Utc>,
    /// `true` when every callback has a parameter `iss` (RFC 9207 §3).
    sends_issuer: bool,
    endpoints: Endpoints,
    application: Application,
}

#[derive(Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: Url,
    token_endpoint: Url,
    jwks_uri: Url,
    #[serde(default, deserialize_with = "lenient::optional")]
    userinfo_endpoint: Option<Url>,
    #[serde(default, deserialize_with = "lenient::optional")]
    revocation_endpoint: Option<Url>,
    #[serde(default, deserialize_with = "lenient::list")]
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default, deserialize_with = "lenient::or_default")]
    authorization_response_iss_parameter_supported: bool,
}

impl Oidc {
    pub(crate) fn new(settings: OidcSettings, http: ProviderHttp, egress: EgressPolicy, clock: Arc<dyn Clock>) -> Self {
        let party = RelyingParty {
            http,
            keys: KeySet::default(),
            issuers: vec![settings.issuer.clone()],
            algorithms: ALGORITHMS,
            clock,
        };
        Self { settings, egress, party, cache: ArcSwapOption::empty() }
    }

    async fn discovered(&self) -> Result<Arc<Discovered>, ProviderError> {
        let now = self.party.clock.now();
        match self.cache.load_full() {
            Some(discovered) if now - discovered.at < MAX_AGE => Ok(discovered),
            _ => {
                let discovered = Arc::new(self.discover(now).await?);
                self.cache.store(Some(Arc::clone(&discovered)));
                Ok(discovered)
            }
        }
    }

    async fn discover(&self, now: DateTime<Utc>) -> Result<Discovered, ProviderError> {
        let url = format!("{}/.well-known/openid-configuration", self.settings.issuer.trim_end_matches('/'));
        let url = Url::parse(&url).map_err(|_| ProviderError::Misconfigured)?;
        let document: Document = self.party.http.call_json(ExternalRequest::get("discovery", url)).await?;
        if document.issuer != self.settings.issuer {
            return Err(ProviderError::NotAcceptable("its discovery document is of another issuer"));
        }
        let urls = [
            Some(&document.authorization_endpoint),
            Some(&document.token_endpoint),
            Some(&document.jwks_uri),
            document.userinfo_endpoint.as_ref(),
            document.revocation_endpoint.as_ref(),
        ];
        if !urls.into_iter().flatten().all(|url| self.may_be_called(url)) {
            return Err(ProviderError::NotAcceptable("its discovery document has URLs that are not allowed"));
        }
        let methods = document.token_endpoint_auth_methods_supported;
        let in_body = methods.is_some_and(|methods| {
            let has = |name| methods.iter().any(|method| method == name);
            !has("client_secret_basic") && has("client_secret_post")
        });
        Ok(Discovered {
            at: now,
            sends_issuer: document.authorization_response_iss_parameter_supported,
            application: Application {
                id: self.settings.client_id.clone(),
                secret: self.settings.client_secret.clone(),
                in_body,
            },
            endpoints: Endpoints {
                authorize: document.authorization_endpoint,
                token: document.token_endpoint,
                jwks: document.jwks_uri,
                userinfo: document.userinfo_endpoint,
                revoke: document.revocation_endpoint,
            },
        })
    }

    /// Allows HTTPS; plain HTTP only when the issuer itself uses it on a private network.
    fn may_be_called(&self, url: &Url) -> bool {
        let plain = self.egress == EgressPolicy::Private && self.settings.issuer.starts_with("http://");
        let scheme = url.scheme() == "https" || (plain && url.scheme() == "http");
        scheme && self.egress.allows_host(url) && url.username().is_empty() && url.password().is_none()
    }
}

#[async_trait]
impl Provider for Oidc {
    async fn authorize_url(&self, request: &AuthorizationRequest<'_>) -> Result<Url, ProviderError> {
        let discovered = self.discovered().await?;
        let more = [("nonce", request.nonce), ("ui_locales", request.language.tag())];
        discovered.application.authorize_url(&discovered.endpoints.authorize, request, &self.settings.scopes, &more)
    }

    async fn identify(&self, response: &AuthorizationResponse<'_>) -> Result<Profile, ProviderError> {
        let discovered = self.discovered().await?;
        if discovered.sends_issuer && response.callback_issuer.is_none() {
            return Err(ProviderError::NotAcceptable(
                "its callback lacks the parameter iss, which its metadata promises",
            ));
        }
        let (claims, tokens) = self.party.identify(&discovered.application, &discovered.endpoints, response).await?;
        let trusted = self.settings.trust_email && trust::says_verified(claims.email_verified.as_ref());
        let address = email(claims.email.as_deref(), |_| trusted);
        profile(claims, tokens, address, discovered.endpoints.revoke.is_some())
    }

    async fn revoke(&self, grant: &Grant) -> Result<(), ProviderError> {
        let discovered = self.discovered().await?;
        match &discovered.endpoints.revoke {
            Some(endpoint) => self.party.revoke(endpoint, &discovered.application, grant).await,
            None => Ok(()),
        }
    }

    fn issuer(&self) -> Option<&str> {
        Some(&self.settings.issuer)
    }
}

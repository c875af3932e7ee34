//! OpenID Connect client, shared by Google and `oidc`.

use std::sync::Arc;

use contracts::Secret;
use service_kit::Clock;
use service_kit::client::ExternalRequest;
use url::Url;

use crate::claims::{day_by_dashes, full_name, names, subject};
use crate::exchange::{Application, Tokens};
use crate::http::ProviderHttp;
use crate::id_token::{self, Claims, Expected};
use crate::jwks::{KeyQuery, KeySet};
use crate::jws::{self, Algorithm, Jwk, Jws};
use crate::oauth_error::loggable;
use crate::provider::{AuthorizationResponse, EmailAddress, Grant, Profile, ProviderError};

/// Endpoints of an OpenID provider.
#[derive(Debug, Clone)]
pub(crate) struct Endpoints {
    pub authorize: Url,
    pub token: Url,
    pub jwks: Url,
    pub userinfo: Option<Url>,
    pub revoke: Option<Url>,
}

/// This installation as a relying party.
pub(crate) struct RelyingParty {
    pub http: ProviderHttp,
    pub keys: KeySet,
    /// Accepted spellings of the issuer in ID tokens.
    pub issuers: Vec<String>,
    pub algorithms: &'static [Algorithm],
    pub clock: Arc<dyn Clock>,
}

impl RelyingParty {
    /// Exchanges the code for validated claims.
    pub(crate) async fn identify(
        &self,
        application: &Application,
        endpoints: &Endpoints,
        response: &AuthorizationResponse<'_>,
    ) -> Result<(Claims, Tokens), ProviderError> {
        let tokens = application.exchange(&self.http, &endpoints.token, response, &[]).await?;
        let token = tokens.id.as_ref().ok_or(ProviderError::NotAcceptable("its response has no ID token"))?;
        let token = Jws::parse(token.expose()).ok_or(ProviderError::NotAcceptable("its ID token is not a JWS"))?;
        let (algorithm, key) = self.key_of(&token, &endpoints.jwks).await?;
        let verified = verified(&token, &key, algorithm)?;
        let expected = Expected {
            issuers: &self.issuers,
            client_id: &application.id,
            nonce: response.nonce,
            access_token: tokens.access.expose(),
            now: self.clock.now(),
        };
        let mut claims = id_token::check_id_token(&verified, algorithm, &expected)?;
        if claims.email.is_none() || claims.name.is_none() {
            self.complete(&mut claims, application, endpoints, &tokens.access).await?;
        }
        Ok((claims, tokens))
    }

    /// Algorithm of a token, and the published key of its signature.
    async fn key_of(&self, token: &Jws<'_>, jwks: &Url) -> Result<(&'static Algorithm, Jwk), ProviderError> {
        let known = self.algorithms.iter().find(|known| known.name == token.algorithm);
        let Some(algorithm) = known.filter(|_| !token.is_critical) else {
            let (provider, algorithm) = (self.http.name(), loggable(&token.algorithm));
            let critical = token.is_critical;
            tracing::warn!(provider, algorithm, critical, "a provider signs in a way that is not accepted");
            return Err(ProviderError::NotAcceptable("it signs in a way that is not accepted"));
        };
        let query = KeyQuery { algorithm, key_id: token.key_id.as_deref() };
        let key = self.keys.find(&self.http, jwks, query, self.clock.now()).await?;
        Ok((algorithm, key))
    }

    /// Fetches userinfo: a JSON object, or a signed one (OpenID Connect Core 1.0 §5.3.2).
    async fn userinfo(
        &self,
        application: &Application,
        userinfo: &Url,
        jwks: &Url,
        access: &Secret,
    ) -> Result<Claims, ProviderError> {
        let call =
            ExternalRequest::get("userinfo", userinfo.clone()).authorized(&format!("Bearer {}", access.expose()));
        let reply = self.http.call(call.json_or_jws()).await?;
        if let Some(error) = self.http.error_in(&reply) {
            return Err(error);
        }
        let unreadable = || ProviderError::NotAcceptable("its response lacks required members");
        let text = std::str::from_utf8(&reply.body).map_err(|_| unreadable())?.trim();
        let Some(token) = Jws::parse(text) else { return serde_json::from_str(text).map_err(|_| unreadable()) };
        let (algorithm, key) = self.key_of(&token, jwks).await?;
        let verified = verified(&token, &key, algorithm)?;
        id_token::check_userinfo(&verified, &self.issuers, &application.id)
    }

    /// Fetches claims that the ID token lacks. An address and its verification come from one document.
    async fn complete(
        &self,
        claims: &mut Claims,
        application: &Application,
        endpoints: &Endpoints,
        access: &Secret,
    ) -> Result<(), ProviderError> {
        let Some(userinfo) = &endpoints.userinfo else { return Ok(()) };
        let info = self.userinfo(application, userinfo, &endpoints.jwks, access).await?;
        if info.sub != claims.sub {
            return Err(ProviderError::NotAcceptable("its userinfo is about another user"));
        }
        if claims.email.is_none() {
            (claims.email, claims.email_verified) = (info.email, info.email_verified);
        }
        claims.name = claims.name.take().or(info.name);
        claims.given_name = claims.given_name.take().or(info.given_name);
        claims.family_name = claims.family_name.take().or(info.family_name);
        claims.preferred_username = claims.preferred_username.take().or(info.preferred_username);
        claims.birthdate = claims.birthdate.take().or(info.birthdate);
        Ok(())
    }

    /// Revokes tokens (RFC 7009): the refresh token, which includes its access tokens, or else the access token.
    pub(crate) async fn revoke(
        &self,
        endpoint: &Url,
        application: &Application,
        grant: &Grant,
    ) -> Result<(), ProviderError> {
        let (token, hint) = match &grant.refresh_token {
            Some(token) => (token, "refresh_token"),
            None => (&grant.access_token, "access_token"),
        };
        let fields = vec![("token", token.expose()), ("token_type_hint", hint)];
        let call = application.authenticated("revoke", endpoint, fields).any_body();
        let reply = self.http.call(call).await?;
        self.http.error_in(&reply).map_or(Ok(()), Err)
    }
}

fn verified<'t>(token: &'t Jws<'_>, key: &Jwk, algorithm: &Algorithm) -> Result<jws::Claims<'t>, ProviderError> {
    token.verify(key, algorithm).ok_or(ProviderError::NotAcceptable("its token has no valid signature"))
}

/// Profile from validated claims.
pub(crate) fn profile(
    claims: Claims,
    tokens: Tokens,
    email: Option<EmailAddress>,
    revocable: bool,
) -> Result<Profile, ProviderError> {
    let whole = full_name(claims.given_name.as_deref(), claims.family_name.as_deref());
    let candidates =
        [claims.name.as_deref().unwrap_or_default(), &whole, claims.preferred_username.as_deref().unwrap_or_default()];
    let names = names(candidates);
    let grant = Grant { access_token: tokens.access, refresh_token: tokens.refresh, device_id: None };
    Ok(Profile {
        names,
        birth_date: claims.birthdate.as_deref().and_then(day_by_dashes),
        subject: subject(claims.sub)?,
        email,
        grant: revocable.then_some(grant),
    })
}

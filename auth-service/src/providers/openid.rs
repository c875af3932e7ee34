//! What Google and any other OpenID Connect provider have in common.

use std::sync::Arc;

use contracts::Secret;
use jsonwebtoken::Algorithm;
use service_kit::Clock;
use service_kit::client::BackCall;
use url::Url;

use super::channel::Channel;
use super::exchange::{Application, Tokens, form};
use super::id_token::{self, Claims, Expected};
use super::jwks::KeySet;
use super::person::{day_by_dashes, display_name, full_name, subject};
use super::provider::{Arrival, EmailAddress, Grant, Profile, ProviderError};

/// Where an OpenID provider answers.
#[derive(Debug, Clone)]
pub(super) struct Endpoints {
    pub authorize: Url,
    pub token: Url,
    pub jwks: Url,
    pub userinfo: Option<Url>,
    pub revoke: Option<Url>,
}

/// This installation as a relying party.
pub(super) struct RelyingParty {
    pub channel: Channel,
    pub keys: KeySet,
    /// The spellings of the issuer that ID tokens may carry.
    pub issuers: Vec<String>,
    pub algorithms: &'static [Algorithm],
    pub clock: Arc<dyn Clock>,
}

impl RelyingParty {
    /// Trades the code for claims that were checked.
    pub(super) async fn identify(
        &self,
        application: &Application,
        endpoints: &Endpoints,
        arrival: &Arrival<'_>,
    ) -> Result<(Claims, Tokens), ProviderError> {
        let tokens = application.exchange(&self.channel, &endpoints.token, arrival, &[]).await?;
        let token = tokens.id.as_ref().ok_or(ProviderError::NotAcceptable("it gives no ID token"))?;
        let header = id_token::header(token.expose(), self.algorithms)?;
        let now = self.clock.now();
        let key = self.keys.find(&self.channel, &endpoints.jwks, &header, now).await?;
        let expected = Expected {
            issuers: &self.issuers,
            client_id: &application.id,
            nonce: arrival.nonce,
            access_token: tokens.access.expose(),
            now,
        };
        let mut claims = id_token::verify(token.expose(), &key, header.alg, &expected)?;
        if let Some(userinfo) = endpoints.userinfo.as_ref().filter(|_| claims.email.is_none() || claims.name.is_none())
        {
            self.complete(&mut claims, userinfo, &tokens.access).await?;
        }
        Ok((claims, tokens))
    }

    /// Asks for what the ID token leaves out. An address and its proof are taken from one place.
    async fn complete(&self, claims: &mut Claims, userinfo: &Url, access: &Secret) -> Result<(), ProviderError> {
        let call = BackCall::get("userinfo", userinfo.clone()).authorized(&format!("Bearer {}", access.expose()));
        let told: Claims = self.channel.ask(call).await?;
        if told.sub != claims.sub {
            return Err(ProviderError::NotAcceptable("its userinfo is about somebody else"));
        }
        if claims.email.is_none() {
            (claims.email, claims.email_verified) = (told.email, told.email_verified);
        }
        claims.name = claims.name.take().or(told.name);
        claims.given_name = claims.given_name.take().or(told.given_name);
        claims.family_name = claims.family_name.take().or(told.family_name);
        claims.preferred_username = claims.preferred_username.take().or(told.preferred_username);
        claims.birthdate = claims.birthdate.take().or(told.birthdate);
        Ok(())
    }

    /// Withdraws tokens (RFC 7009): the refresh token, which takes the access tokens with it, or else the access token.
    pub(super) async fn revoke(
        &self,
        endpoint: &Url,
        application: &Application,
        grant: &Grant,
    ) -> Result<(), ProviderError> {
        let (token, hint) = match &grant.refresh_token {
            Some(token) => (token, "refresh_token"),
            None => (&grant.access_token, "access_token"),
        };
        let mut fields = vec![("token", token.expose()), ("token_type_hint", hint)];
        let in_header = application.secret.is_some() && !application.in_body;
        if !in_header {
            fields.extend(application.fields());
        }
        let mut call = BackCall::post("revoke", endpoint.clone(), form(&fields)).any_body();
        if in_header {
            call = call.authorized(&application.basic());
        }
        let answer = self.channel.call(call).await?;
        self.channel.error_in(&answer).map_or(Ok(()), Err)
    }
}

/// A person as the claims tell.
pub(super) fn profile(
    claims: Claims,
    tokens: Tokens,
    email: Option<EmailAddress>,
    revocable: bool,
) -> Result<Profile, ProviderError> {
    let whole = full_name(claims.given_name.as_deref(), claims.family_name.as_deref());
    let names =
        [claims.name.as_deref().unwrap_or_default(), &whole, claims.preferred_username.as_deref().unwrap_or_default()];
    let display_name = display_name(names);
    let grant = Grant { access_token: tokens.access, refresh_token: tokens.refresh, device_id: None };
    Ok(Profile {
        display_name,
        birth_date: claims.birthdate.as_deref().and_then(day_by_dashes),
        subject: subject(claims.sub)?,
        email,
        grant: revocable.then_some(grant),
    })
}

//! Authorization URLs and the exchange of codes: OAuth 2.0 (RFC 6749) with PKCE S256 (RFC 7636).

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use contracts::Secret;
use oauth2::basic::BasicClient;
use oauth2::{AuthUrl, ClientId, CsrfToken, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use service_kit::client::ExternalRequest;
use url::{Url, form_urlencoded};

use crate::http::ProviderHttp;
use crate::lenient;
use crate::provider::{AuthorizationRequest, AuthorizationResponse, ProviderError};

/// Length of a PKCE verifier (RFC 7636 §4.1).
const VERIFIER: std::ops::RangeInclusive<usize> = 43..=128;

/// This installation, as registered with a provider.
#[derive(Debug, Clone)]
pub(crate) struct Application {
    pub id: String,
    /// Absent for public clients.
    pub secret: Option<SecretString>,
    /// `true` when id and secret go into the body instead of the header.
    pub in_body: bool,
}

/// Tokens of a code exchange.
#[derive(Debug, Clone)]
pub(crate) struct Tokens {
    pub access: Secret,
    pub refresh: Option<Secret>,
    pub id: Option<Secret>,
}

/// Response of a token endpoint (RFC 6749 §5.1). Optional members are parsed one by one: `"expires_in": "3599"` is no
/// reason to reject a user.
#[derive(Deserialize)]
struct TokenResponse {
    access_token: Secret,
    #[serde(default, deserialize_with = "lenient::optional")]
    refresh_token: Option<Secret>,
    #[serde(default, deserialize_with = "lenient::optional")]
    id_token: Option<Secret>,
}

impl Application {
    /// Authorization URL for the browser.
    pub(crate) fn authorize_url(
        &self,
        endpoint: &Url,
        request: &AuthorizationRequest<'_>,
        scopes: &str,
        more: &[(&str, &str)],
    ) -> Result<Url, ProviderError> {
        let client = BasicClient::new(ClientId::new(self.id.clone())).set_auth_uri(AuthUrl::from_url(endpoint.clone()));
        let mut builder = client
            .authorize_url(|| CsrfToken::new(request.state.to_owned()))
            .set_redirect_uri(Cow::Owned(redirect_url(request.redirect_uri)?))
            .add_scopes(scopes.split_whitespace().map(|scope| Scope::new(scope.to_owned())))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier(request.verifier)?));
        for (name, value) in more {
            builder = builder.add_extra_param((*name).to_owned(), (*value).to_owned());
        }
        Ok(builder.url().0)
    }

    /// Exchanges the code.
    pub(crate) async fn exchange(
        &self,
        http: &ProviderHttp,
        endpoint: &Url,
        response: &AuthorizationResponse<'_>,
        more: &[(&str, &str)],
    ) -> Result<Tokens, ProviderError> {
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("code", response.code.expose()),
            ("redirect_uri", response.redirect_uri),
            ("code_verifier", response.verifier.expose()),
        ];
        fields.extend(more);
        let reply: TokenResponse = http.exchange_code(self.authenticated("token", endpoint, fields), response).await?;
        if reply.access_token.expose().is_empty() {
            return Err(ProviderError::NotAcceptable("its response to the code has no access token"));
        }
        let TokenResponse { access_token: access, refresh_token: refresh, id_token: id } = reply;
        Ok(Tokens { access, refresh, id })
    }

    /// Request with client authentication: HTTP Basic, or in the body where the provider requires that or there is no
    /// secret.
    pub(crate) fn authenticated<'a>(
        &'a self,
        what: &'static str,
        endpoint: &Url,
        mut fields: Vec<(&'a str, &'a str)>,
    ) -> ExternalRequest {
        let in_header = self.secret.is_some() && !self.in_body;
        if !in_header {
            fields.push(("client_id", &self.id));
            fields.extend(self.secret.as_ref().map(|secret| ("client_secret", secret.expose_secret())));
        }
        let call = ExternalRequest::post(what, endpoint.clone(), form(&fields));
        if in_header { call.authorized(&self.basic()) } else { call }
    }

    /// Header `Authorization` with id and secret, each form-encoded (RFC 6749 §2.3.1), so that a colon in the id does
    /// not end it.
    pub(crate) fn basic(&self) -> String {
        let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let secret = self.secret.as_ref().map(|secret| encoded(secret.expose_secret())).unwrap_or_default();
        format!("Basic {}", STANDARD.encode(format!("{}:{secret}", encoded(&self.id))))
    }
}

/// Encodes a form body.
pub(crate) fn form(fields: &[(&str, &str)]) -> Vec<u8> {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish().into_bytes()
}

fn verifier(verifier: &Secret) -> Result<PkceCodeVerifier, ProviderError> {
    if !VERIFIER.contains(&verifier.expose().len()) {
        return Err(ProviderError::NotAcceptable("the PKCE verifier has an invalid length")); // oauth2 would panic
    }
    Ok(PkceCodeVerifier::new(verifier.expose().to_owned()))
}

fn redirect_url(text: &str) -> Result<RedirectUrl, ProviderError> {
    RedirectUrl::new(text.to_owned()).map_err(|_| ProviderError::Misconfigured)
}

#[cfg(test)]
mod tests {
    use contracts::Language;

    use super::*;

    fn application() -> Application {
        Application { id: "a:b".into(), secret: Some("c d".to_owned().into()), in_body: false }
    }

    fn request<'a>(verifier: &'a Secret, redirect_uri: &'a str) -> AuthorizationRequest<'a> {
        let (state, nonce, device_id) = ("state", "nonce", "device");
        AuthorizationRequest { redirect_uri, state, nonce, verifier, device_id, language: Language::Ru }
    }

    #[test]
    fn the_challenge_is_s256_and_the_redirect_uri_is_sent_as_it_is_written() {
        let verifier = Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"); // of RFC 7636, appendix B
        let request = request(&verifier, "HTTPS://Cinema.test:443/back");
        let endpoint = Url::parse("https://provider.test/auth?x=1").unwrap();
        let url = application().authorize_url(&endpoint, &request, "openid email", &[("nonce", "n")]).unwrap();
        let pairs: Vec<_> = url.query_pairs().collect();
        for pair in [
            ("x", "1"),
            ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
            ("code_challenge_method", "S256"),
            ("redirect_uri", "HTTPS://Cinema.test:443/back"),
            ("scope", "openid email"),
            ("nonce", "n"),
        ] {
            assert!(pairs.contains(&(pair.0.into(), pair.1.into())), "{pair:?} in {url}");
        }
    }

    #[test]
    fn a_verifier_of_another_length_is_rejected_without_a_panic() {
        let endpoint = Url::parse("https://provider.test/auth").unwrap();
        for length in [0, 42, 129] {
            let verifier = Secret::new("a".repeat(length));
            let refused = application().authorize_url(&endpoint, &request(&verifier, "https://c.test/"), "", &[]);
            assert!(matches!(refused, Err(ProviderError::NotAcceptable(_))));
        }
    }

    #[test]
    fn a_colon_in_the_id_does_not_end_it() {
        let header = application().basic();
        let decoded = STANDARD.decode(header.strip_prefix("Basic ").unwrap()).unwrap();
        assert_eq!(decoded, b"a%3Ab:c+d");
    }
}

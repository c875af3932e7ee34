//! Mail, for applications registered at oauth.mail.ru before July 2025; newer ones use VK ID.

use async_trait::async_trait;
use contracts::Secret;
use secrecy::SecretString;
use serde::Deserialize;
use service_kit::client::ExternalRequest;
use url::Url;

use crate::claims::{Id, day_by_dots, email, full_name, names, subject};
use crate::exchange::{Application, form};
use crate::http::ProviderHttp;
use crate::lenient;
use crate::provider::{AuthorizationRequest, AuthorizationResponse, Grant, Profile, Provider, ProviderError};
use crate::trust;

/// Settings of Mail.
#[derive(Debug, Clone)]
pub struct MailRuSettings {
    /// Client id.
    pub client_id: String,
    /// Client secret.
    pub client_secret: SecretString,
    /// Base URL of `/login`, `/token` and `/userinfo`.
    pub url: Url,
}

pub(crate) struct MailRu {
    application: Application,
    login: Url,
    token: Url,
    userinfo: Url,
    http: ProviderHttp,
}

/// Without `token_type`, which may be missing; `oauth2` requires it.
#[derive(Deserialize)]
struct TokenResponse {
    access_token: Secret,
}

#[derive(Deserialize)]
struct UserInfo {
    id: Id,
    client_id: String,
    #[serde(default, deserialize_with = "lenient::text")]
    name: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    nickname: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    first_name: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    last_name: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    email: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    birthday: Option<String>,
}

impl MailRu {
    pub(crate) fn new(settings: MailRuSettings, http: ProviderHttp) -> Result<Self, url::ParseError> {
        let at = |path| settings.url.join(path);
        let (login, token, userinfo) = (at("/login")?, at("/token")?, at("/userinfo")?);
        let application = Application { id: settings.client_id, secret: Some(settings.client_secret), in_body: false };
        Ok(Self { application, login, token, userinfo, http })
    }

    /// Fetches userinfo. The token goes into the query, the only place where Mail accepts it; URLs of calls are never
    /// logged.
    async fn user(&self, access: &Secret) -> Result<UserInfo, ProviderError> {
        let mut url = self.userinfo.clone();
        url.query_pairs_mut().append_pair("access_token", access.expose());
        self.http.call_json(ExternalRequest::get("userinfo", url)).await
    }
}

#[async_trait]
impl Provider for MailRu {
    async fn authorize_url(&self, request: &AuthorizationRequest<'_>) -> Result<Url, ProviderError> {
        self.application.authorize_url(&self.login, request, "userinfo", &[])
    }

    async fn identify(&self, response: &AuthorizationResponse<'_>) -> Result<Profile, ProviderError> {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", response.code.expose()),
            ("redirect_uri", response.redirect_uri),
            ("code_verifier", response.verifier.expose()),
        ];
        let call =
            ExternalRequest::post("token", self.token.clone(), form(&fields)).authorized(&self.application.basic());
        let tokens: TokenResponse = self.http.exchange_code(call, response).await?;
        let user = self.user(&tokens.access_token).await?;
        if user.client_id != self.application.id {
            return Err(ProviderError::NotAcceptable("its token was issued to another application"));
        }
        let whole = full_name(user.first_name.as_deref(), user.last_name.as_deref());
        let candidates =
            [user.name.as_deref().unwrap_or_default(), &whole, user.nickname.as_deref().unwrap_or_default()];
        Ok(Profile {
            names: names(candidates),
            birth_date: user.birthday.as_deref().and_then(day_by_dots),
            subject: subject(user.id.0)?,
            email: email(user.email.as_deref(), trust::mail_ru),
            grant: None, // Mail has no revocation
        })
    }

    async fn revoke(&self, _: &Grant) -> Result<(), ProviderError> {
        Ok(())
    }

    fn issuer(&self) -> Option<&str> {
        None
    }
}

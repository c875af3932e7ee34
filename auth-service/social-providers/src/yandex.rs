//! Yandex ID (OAuth 2.0, <https://yandex.ru/dev/id/doc/>).

use async_trait::async_trait;
use secrecy::SecretString;
use serde::Deserialize;
use service_kit::client::ExternalRequest;
use url::Url;

use crate::claims::{Id, day_by_dashes, email, full_name, names, subject};
use crate::exchange::{Application, form};
use crate::http::ProviderHttp;
use crate::lenient;
use crate::provider::{AuthorizationRequest, AuthorizationResponse, Grant, Profile, Provider, ProviderError};
use crate::trust;

/// Settings of Yandex ID.
#[derive(Debug, Clone)]
pub struct YandexSettings {
    /// Client id.
    pub client_id: String,
    /// Client secret.
    pub client_secret: SecretString,
    /// Base URL of `/authorize`, `/token` and `/revoke_token`.
    pub oauth_url: Url,
    /// Base URL of `/info`.
    pub api_url: Url,
}

pub(crate) struct Yandex {
    application: Application,
    authorize: Url,
    token: Url,
    revoke: Url,
    info: Url,
    http: ProviderHttp,
}

#[derive(Deserialize)]
struct Info {
    id: Id,
    client_id: String,
    #[serde(default, deserialize_with = "lenient::text")]
    login: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    display_name: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    real_name: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    first_name: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    last_name: Option<String>,
    /// Empty for accounts that were created through a social network.
    #[serde(default, deserialize_with = "lenient::text")]
    default_email: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    birthday: Option<String>,
}

impl Yandex {
    pub(crate) fn new(settings: YandexSettings, http: ProviderHttp) -> Result<Self, url::ParseError> {
        let oauth = |path| settings.oauth_url.join(path);
        let mut info = settings.api_url.join("/info")?;
        info.set_query(Some("format=json"));
        let (authorize, token, revoke) = (oauth("/authorize")?, oauth("/token")?, oauth("/revoke_token")?);
        let application = Application { id: settings.client_id, secret: Some(settings.client_secret), in_body: false };
        Ok(Self { application, authorize, token, revoke, info, http })
    }
}

#[async_trait]
impl Provider for Yandex {
    async fn authorize_url(&self, request: &AuthorizationRequest<'_>) -> Result<Url, ProviderError> {
        // Only tokens with a device id can be revoked one by one.
        let more = [("device_id", request.device_id)];
        self.application.authorize_url(&self.authorize, request, "login:info login:email login:birthday", &more)
    }

    async fn identify(&self, response: &AuthorizationResponse<'_>) -> Result<Profile, ProviderError> {
        let more = [("device_id", response.device_id)];
        let tokens = self.application.exchange(&self.http, &self.token, response, &more).await?;
        let authorization = format!("OAuth {}", tokens.access.expose());
        let call = ExternalRequest::get("userinfo", self.info.clone()).authorized(&authorization);
        let info: Info = self.http.call_json(call).await?;
        if info.client_id != self.application.id {
            return Err(ProviderError::NotAcceptable("its token was issued to another application"));
        }
        let login = info.login.as_deref();
        let email = email(info.default_email.as_deref(), |address| trust::yandex(address, login));
        let whole = full_name(info.first_name.as_deref(), info.last_name.as_deref());
        let real_name = info.real_name.as_deref().unwrap_or_default();
        let candidates =
            [info.display_name.as_deref().unwrap_or_default(), real_name, &whole, login.unwrap_or_default()];
        Ok(Profile {
            names: names(candidates),
            birth_date: info.birthday.as_deref().and_then(day_by_dashes),
            subject: subject(info.id.0)?,
            email,
            grant: Some(Grant {
                access_token: tokens.access,
                refresh_token: tokens.refresh,
                device_id: Some(response.device_id.to_owned()),
            }),
        })
    }

    async fn revoke(&self, grant: &Grant) -> Result<(), ProviderError> {
        let body = form(&[("access_token", grant.access_token.expose())]);
        let call =
            ExternalRequest::post("revoke", self.revoke.clone(), body).any_body().authorized(&self.application.basic());
        let reply = self.http.call(call).await?;
        self.http.error_in(&reply).map_or(Ok(()), Err)
    }

    fn issuer(&self) -> Option<&str> {
        None
    }
}

//! VK ID (OAuth 2.1 without a client secret, <https://id.vk.ru/about/business/go/docs>), which also offers accounts at
//! Mail and Odnoklassniki.

use async_trait::async_trait;
use contracts::{Language, Secret};
use serde::Deserialize;
use service_kit::client::ExternalRequest;
use subtle::ConstantTimeEq;
use url::Url;

use crate::claims::{Id, day_by_dots, email, full_name, names, subject};
use crate::exchange::{Application, form};
use crate::http::ProviderHttp;
use crate::lenient;
use crate::provider::{AuthorizationRequest, AuthorizationResponse, Grant, Profile, Provider, ProviderError};

/// Settings of VK ID.
#[derive(Debug, Clone)]
pub struct VkSettings {
    /// Client id.
    pub client_id: String,
    /// Base URL of `/authorize` and `/oauth2/…`.
    pub url: Url,
    /// Enabled kinds of accounts, each as a provider of its own.
    pub accounts: Vec<VkAccount>,
}

/// Kind of account that VK ID signs in with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VkAccount {
    /// VK ID itself.
    Vk,
    /// Mail.
    MailRu,
    /// Odnoklassniki.
    OkRu,
}

impl VkAccount {
    /// Provider id here.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Vk => "vk",
            Self::MailRu => "mail_ru",
            Self::OkRu => "ok_ru",
        }
    }

    /// Parameter `provider` of VK ID.
    const fn provider(self) -> &'static str {
        match self {
            Self::Vk => "vkid",
            Self::MailRu => "mail_ru",
            Self::OkRu => "ok_ru",
        }
    }

    /// Subject. The prefix keeps numbers of VK ID apart from those that Mail and Odnoklassniki themselves assign to
    /// users.
    fn subject(self, id: &str) -> String {
        match self {
            Self::Vk => id.to_owned(),
            Self::MailRu | Self::OkRu => format!("vkid:{id}"),
        }
    }
}

pub(crate) struct Vk {
    account: VkAccount,
    application: Application,
    authorize: Url,
    token: Url,
    user_info: Url,
    revoke: Url,
    http: ProviderHttp,
}

#[derive(Deserialize)]
struct TokenResponse {
    access_token: Secret,
    #[serde(default, deserialize_with = "lenient::optional")]
    refresh_token: Option<Secret>,
    #[serde(default, deserialize_with = "lenient::optional")]
    user_id: Option<Id>,
    #[serde(default, deserialize_with = "lenient::optional")]
    state: Option<String>,
}

#[derive(Deserialize)]
struct UserInfo {
    user: User,
}

#[derive(Deserialize)]
struct User {
    user_id: Id,
    #[serde(default, deserialize_with = "lenient::text")]
    first_name: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    last_name: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    email: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    birthday: Option<String>,
}

impl Vk {
    pub(crate) fn new(settings: &VkSettings, account: VkAccount, http: ProviderHttp) -> Result<Self, url::ParseError> {
        let at = |path| settings.url.join(path);
        Ok(Self {
            account,
            application: Application { id: settings.client_id.clone(), secret: None, in_body: true },
            authorize: at("/authorize")?,
            token: at("/oauth2/auth")?,
            user_info: at("/oauth2/user_info")?,
            revoke: at("/oauth2/revoke")?,
            http,
        })
    }

    fn token_call(&self, fields: &[(&str, &str)]) -> ExternalRequest {
        ExternalRequest::post("token", self.token.clone(), form(fields))
    }

    /// Validates the token response: it must repeat our `state`.
    fn check_state(tokens: TokenResponse, state: &str) -> Result<TokenResponse, ProviderError> {
        let returned = tokens.state.as_deref().unwrap_or_default();
        if returned.is_empty() || !bool::from(returned.as_bytes().ct_eq(state.as_bytes())) {
            return Err(ProviderError::NotAcceptable("its response has another state"));
        }
        Ok(tokens)
    }

    async fn user(&self, access: &Secret) -> Result<User, ProviderError> {
        let fields = [("client_id", self.application.id.as_str()), ("access_token", access.expose())];
        let call = ExternalRequest::post("userinfo", self.user_info.clone(), form(&fields));
        let russian = http::HeaderValue::from_static("ru"); // names are written in Latin letters otherwise
        let info: UserInfo = self.http.call_json(call.header(http::header::ACCEPT_LANGUAGE, russian)).await?;
        Ok(info.user)
    }

    async fn revoke_token(&self, access: &Secret) -> Result<(), ProviderError> {
        let fields = [("client_id", self.application.id.as_str()), ("access_token", access.expose())];
        let call = ExternalRequest::post("revoke", self.revoke.clone(), form(&fields)).any_body();
        let reply = self.http.call(call).await?;
        self.http.error_in(&reply).map_or(Ok(()), Err)
    }

    /// Requests a new access token: one expires after an hour. VK requires a `state` here too.
    async fn refresh(&self, refresh: &Secret, device_id: &str) -> Result<Secret, ProviderError> {
        let state = uuid::Uuid::new_v4().simple().to_string();
        let fields = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh.expose()),
            ("client_id", &self.application.id),
            ("device_id", device_id),
            ("state", &state),
        ];
        let tokens = self.http.call_json(self.token_call(&fields)).await?;
        Ok(Self::check_state(tokens, &state)?.access_token)
    }
}

#[async_trait]
impl Provider for Vk {
    async fn authorize_url(&self, request: &AuthorizationRequest<'_>) -> Result<Url, ProviderError> {
        let language = match request.language {
            Language::Ru => "0",
            Language::En => "3",
        };
        let more = [("provider", self.account.provider()), ("lang_id", language)];
        self.application.authorize_url(&self.authorize, request, "vkid.personal_info email", &more)
    }

    async fn identify(&self, response: &AuthorizationResponse<'_>) -> Result<Profile, ProviderError> {
        let device_id = response
            .callback_device_id
            .filter(|id| !id.is_empty())
            .ok_or(ProviderError::NotAcceptable("its callback has no device id"))?;
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", response.code.expose()),
            ("code_verifier", response.verifier.expose()),
            ("client_id", &self.application.id),
            ("device_id", device_id),
            ("redirect_uri", response.redirect_uri),
            ("state", response.state),
        ];
        let tokens = self.http.exchange_code(self.token_call(&fields), response).await?;
        let tokens = Self::check_state(tokens, response.state)?;
        let user = self.user(&tokens.access_token).await?;
        if tokens.user_id.is_none_or(|id| id != user.user_id) {
            return Err(ProviderError::NotAcceptable("its token and its profile are of different users"));
        }
        let whole = full_name(user.first_name.as_deref(), user.last_name.as_deref());
        let id = subject(user.user_id.0)?;
        Ok(Profile {
            subject: self.account.subject(&id),
            email: email(user.email.as_deref(), |_| false), // VK does not say if it is verified
            names: names([whole.as_str()]),
            birth_date: user.birthday.as_deref().and_then(day_by_dots),
            grant: Some(Grant {
                access_token: tokens.access_token,
                refresh_token: tokens.refresh_token,
                device_id: Some(device_id.to_owned()),
            }),
        })
    }

    async fn revoke(&self, grant: &Grant) -> Result<(), ProviderError> {
        match (self.revoke_token(&grant.access_token).await, &grant.refresh_token, &grant.device_id) {
            (Err(ProviderError::Refused), Some(refresh), Some(device_id)) => {
                let access_token = self.refresh(refresh, device_id).await?;
                self.revoke_token(&access_token).await
            }
            (outcome, ..) => outcome,
        }
    }

    fn issuer(&self) -> Option<&str> {
        None
    }
}

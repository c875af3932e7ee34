//! A service with scripted providers, and the two steps of a social sign-in.

use std::collections::{BTreeMap, HashSet};
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use auth_service::app::build_with;
use auth_service::config::Config;
use contracts::Secret;
use contracts::auth::social::ProviderId;
use serde_json::{Value, json};
use service_kit::testing::{TestClient, TestReply};
use social_providers::{
    AuthorizationRequest, AuthorizationResponse, EmailAddress, EnabledProvider, Grant, Label, Profile, Provider,
    ProviderError, Providers,
};
use url::Url;

use crate::app::{Home, SignedIn, TestApp, mail_text};

/// A provider with codes set by tests.
#[derive(Default)]
pub struct FakeProvider {
    issuer: Option<String>,
    codes: Mutex<BTreeMap<String, Result<Profile, ProviderError>>>,
    spent: Mutex<HashSet<String>>,
    unreachable: Mutex<Option<ProviderError>>,
    hangs: AtomicBool,
    /// Revoked grants.
    pub revoked: Mutex<Vec<String>>,
    /// Redirect URIs and verifiers of all code exchanges.
    pub exchanges: Mutex<Vec<(String, String)>>,
}

impl FakeProvider {
    fn new(issuer: Option<&str>) -> Arc<Self> {
        Arc::new(Self { issuer: issuer.map(str::to_owned), ..Self::default() })
    }

    /// Makes `code` return `profile`.
    pub fn code(&self, code: &str, profile: Profile) {
        self.codes.lock().unwrap().insert(code.to_owned(), Ok(profile));
    }

    /// Makes `code` fail.
    pub fn failure(&self, code: &str, error: ProviderError) {
        self.codes.lock().unwrap().insert(code.to_owned(), Err(error));
    }

    /// Makes every exchange fail before the code is sent, or work again.
    pub fn unreachable(&self, error: Option<ProviderError>) {
        *self.unreachable.lock().unwrap() = error;
    }

    /// Makes every exchange hang before the code is sent, or work again.
    pub fn hangs(&self, hangs: bool) {
        self.hangs.store(hangs, Ordering::Relaxed);
    }

    /// Number of code exchanges.
    pub fn exchange_count(&self) -> usize {
        self.exchanges.lock().unwrap().len()
    }
}

#[async_trait]
impl Provider for FakeProvider {
    async fn authorize_url(&self, request: &AuthorizationRequest<'_>) -> Result<Url, ProviderError> {
        let mut url = Url::parse("https://provider.test/authorize").unwrap();
        url.query_pairs_mut()
            .append_pair("redirect_uri", request.redirect_uri)
            .append_pair("state", request.state)
            .append_pair("nonce", request.nonce);
        Ok(url)
    }

    async fn identify(&self, response: &AuthorizationResponse<'_>) -> Result<Profile, ProviderError> {
        let code = response.code.expose().to_owned();
        let line = (response.redirect_uri.to_owned(), response.verifier.expose().to_owned());
        self.exchanges.lock().unwrap().push(line);
        if self.hangs.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
        if let Some(error) = self.unreachable.lock().unwrap().clone() {
            return Err(error); // the code was not sent
        }
        response.code_use.set(true);
        let answer = self.codes.lock().unwrap().get(&code).cloned().unwrap_or(Err(ProviderError::Refused))?;
        if self.spent.lock().unwrap().insert(code) { Ok(answer) } else { Err(ProviderError::Refused) }
    }

    async fn revoke(&self, grant: &Grant) -> Result<(), ProviderError> {
        self.revoked.lock().unwrap().push(grant.access_token.expose().to_owned());
        Ok(())
    }

    fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }
}

/// The profile of a person at a provider, without an e-mail.
pub fn person(subject: &str) -> Profile {
    Profile {
        subject: subject.to_owned(),
        email: None,
        names: vec!["Анна".to_owned()],
        birth_date: None,
        grant: Some(Grant {
            access_token: Secret::new(format!("canary-token-{subject}")),
            refresh_token: None,
            device_id: None,
        }),
    }
}

/// The same profile with an address.
pub fn with_email(profile: Profile, address: &str, vouched: bool) -> Profile {
    Profile { email: Some(EmailAddress { address: address.to_owned(), vouched }), ..profile }
}

/// A service with three providers: `google` with an issuer, `other` with another one, `yandex` without.
pub struct Cinema {
    app: TestApp,
    pub google: Arc<FakeProvider>,
    pub other: Arc<FakeProvider>,
    pub yandex: Arc<FakeProvider>,
}

impl Deref for Cinema {
    type Target = TestApp;

    fn deref(&self) -> &TestApp {
        &self.app
    }
}

/// A started sign-in or link before its callback.
#[derive(Debug, Clone)]
pub struct StartedFlow {
    pub provider: String,
    pub ticket: String,
    pub state: String,
    pub url: Url,
}

impl StartedFlow {
    /// Query of the callback with this code.
    pub fn callback(&self, code: &str) -> String {
        format!("code={code}&state={}", self.state)
    }
}

impl Cinema {
    pub async fn start() -> Self {
        Self::start_with(|_| ()).await
    }

    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let google = FakeProvider::new(Some("https://accounts.google.com"));
        let other = FakeProvider::new(Some("https://other.test"));
        let yandex = FakeProvider::new(None);
        let enabled = |id: &str, provider: &Arc<FakeProvider>| EnabledProvider {
            id: ProviderId::parse(id).unwrap(),
            label: Label { ru: id.to_owned(), en: id.to_owned() },
            provider: Arc::clone(provider) as Arc<dyn Provider>,
        };
        let list = vec![enabled("google", &google), enabled("other", &other), enabled("yandex", &yandex)];
        let app = Self::start_in(Home::new().await, Providers::new(list), change).await;
        Self { app, google, other, yandex }
    }

    /// The service with these providers.
    pub async fn start_in(home: Arc<Home>, providers: Providers, change: impl FnOnce(&mut Config)) -> TestApp {
        let mut config = home.config();
        config.social.app_redirect_uri = Some("http://127.0.0.1/in/{provider}".to_owned());
        change(&mut config);
        let running = build_with(config, home.clock.clone(), providers).await.unwrap().start(mail_text).unwrap();
        let client = TestClient::new(format!("http://{}", running.address()));
        TestApp::of(home, running, client)
    }

    /// Starts a sign-in.
    pub async fn start_sign_in(&self, provider: &str) -> StartedFlow {
        let reply = self.post(&format!("/api/v1/social/{provider}/start")).json(&json!({})).send().await;
        Self::flow(provider, &reply.assert_status(200))
    }

    /// Starts a link.
    pub async fn start_link(&self, provider: &str, who: &SignedIn) -> StartedFlow {
        let path = format!("/api/v1/me/social-accounts/{provider}/start");
        let reply = self.post(&path).bearer(&who.access).json(&json!({})).send().await;
        Self::flow(provider, &reply.assert_status(200))
    }

    fn flow(provider: &str, body: &Value) -> StartedFlow {
        let url = Url::parse(body["authorize_url"].as_str().unwrap()).unwrap();
        let state = url.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
        StartedFlow { provider: provider.to_owned(), ticket: body["ticket"].as_str().unwrap().to_owned(), state, url }
    }

    /// Finishes a sign-in with this callback query.
    pub async fn finish_sign_in(&self, flow: &StartedFlow, query: &str) -> TestReply {
        let body = json!({"ticket": flow.ticket, "callback": query});
        self.post(&format!("/api/v1/social/{}/finish", flow.provider)).json(&body).send().await
    }

    /// Finishes a link with this callback query.
    pub async fn finish_link(&self, flow: &StartedFlow, who: &SignedIn, query: &str) -> TestReply {
        let body = json!({"ticket": flow.ticket, "callback": query});
        let path = format!("/api/v1/me/social-accounts/{}/finish", flow.provider);
        self.post(&path).bearer(&who.access).json(&body).send().await
    }

    fn fake(&self, provider: &str) -> &FakeProvider {
        match provider {
            "google" => &self.google,
            "other" => &self.other,
            _ => &self.yandex,
        }
    }

    /// Signs in with this profile and returns the reply.
    pub async fn try_sign_in_as(&self, provider: &str, profile: Profile) -> TestReply {
        let code = format!("canary-code-{}", uuid::Uuid::now_v7().simple());
        self.fake(provider).code(&code, profile);
        let flow = self.start_sign_in(provider).await;
        self.finish_sign_in(&flow, &flow.callback(&code)).await
    }

    /// Signs in with this profile; returns the user's id as well.
    pub async fn sign_in_as(&self, provider: &str, profile: Profile) -> (String, SignedIn) {
        let body = self.try_sign_in_as(provider, profile).await.assert_status(201);
        (body["user"]["id"].as_str().unwrap().to_owned(), SignedIn::from(&body))
    }

    /// Signs in with this profile, and takes its address from an account that only claims it.
    pub async fn take_claimed(&self, provider: &str, profile: Profile) -> SignedIn {
        SignedIn::from(&self.try_take_claimed(provider, profile).await.assert_status(201))
    }

    /// The same; returns the reply.
    pub async fn try_take_claimed(&self, provider: &str, profile: Profile) -> TestReply {
        let code = format!("canary-code-{}", uuid::Uuid::now_v7().simple());
        self.fake(provider).code(&code, profile);
        let flow = self.start_sign_in(provider).await;
        let body = json!({"ticket": flow.ticket, "callback": flow.callback(&code), "take_claimed": true});
        self.post(&format!("/api/v1/social/{provider}/finish")).json(&body).send().await
    }

    /// Links this profile and returns the reply.
    pub async fn link(&self, provider: &str, who: &SignedIn, profile: Profile) -> TestReply {
        let code = format!("canary-code-{}", uuid::Uuid::now_v7().simple());
        self.fake(provider).code(&code, profile);
        let flow = self.start_link(provider, who).await;
        self.finish_link(&flow, who, &flow.callback(&code)).await
    }

    /// Linked accounts: providers and ids.
    pub async fn linked(&self, who: &SignedIn) -> Vec<(String, String)> {
        let body = self.get("/api/v1/me/social-accounts").bearer(&who.access).send().await.assert_status(200);
        let text = |item: &Value, name: &str| item[name].as_str().unwrap().to_owned();
        body["items"].as_array().unwrap().iter().map(|item| (text(item, "provider"), text(item, "id"))).collect()
    }

    pub async fn unlink(&self, who: &SignedIn, id: &str) -> TestReply {
        self.delete(&format!("/api/v1/me/social-accounts/{id}")).bearer(&who.access).send().await
    }

    pub async fn set_password(&self, who: &SignedIn, body: Value) -> TestReply {
        self.put("/api/v1/me/password").bearer(&who.access).json(&body).send().await
    }
}

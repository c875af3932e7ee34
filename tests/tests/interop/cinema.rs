//! auth-service as a client of the provider, and the requests of an app.

use std::ops::Deref;

use serde_json::{Value, json};
use service_kit::testing::TestReply;
use tempfile::TempDir;
use tests::services::Service;

use crate::provider::{Answer, Browser, given};

/// auth-service with its own data folder.
pub struct Cinema {
    service: Service,
    _home: TempDir,
}

/// A started sign-in or link.
pub struct Started {
    pub authorize_url: String,
    pub ticket: String,
}

impl Cinema {
    /// With settings for the provider.
    pub fn open() -> Self {
        Self::open_with(&[])
    }

    /// With some settings changed.
    pub fn open_with(changes: &[(&str, &str)]) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let mut variables = vec![
            ("AUTH_DATA_DIR", home.path().display().to_string()),
            ("AUTH_LISTEN", "127.0.0.1:0".to_owned()),
            ("AUTH_LIMITS", "off".to_owned()),
            ("AUTH_SOCIAL_APP_REDIRECT_URI", given("INTEROP_REDIRECT_URI").replace("oidc", "{provider}")),
            ("AUTH_OIDC_ISSUER", given("INTEROP_ISSUER")),
            ("AUTH_OIDC_CLIENT_ID", given("INTEROP_CLIENT_ID")),
            ("AUTH_OIDC_CLIENT_SECRET", given("INTEROP_CLIENT_SECRET")),
        ];
        for (name, value) in changes {
            variables.retain(|(known, _)| known != name);
            variables.push((name, (*value).to_owned()));
        }
        Self { service: Service::start("auth-service", &variables), _home: home }
    }

    /// Starts a sign-in.
    pub async fn begin(&self) -> Started {
        Started::from(&self.post("/api/v1/social/oidc/start").json(&json!({"language": "en"})).send().await)
    }

    /// Finishes a sign-in.
    pub async fn finish(&self, ticket: &str, callback: &str) -> TestReply {
        let body = json!({"ticket": ticket, "callback": callback, "device": {"kind": "phone"}});
        self.post("/api/v1/social/oidc/finish").json(&body).send().await
    }

    /// A whole sign-in of `login`.
    pub async fn sign_in(&self, login: &str) -> TestReply {
        let begun = self.begin().await;
        let callback = Browser::new().run_flow(&begun.authorize_url, Answer::Agree(login)).await;
        self.finish(&begun.ticket, &callback).await
    }

    /// Signs up by e-mail and password, signs in, and returns the access token.
    pub async fn member(&self) -> String {
        let email = format!("{}@cinema.example", crate::provider::new_login());
        let body = json!({"email": email, "password": "three cats on a sofa"});
        self.post("/api/v1/users").json(&body).send().await.assert_status(201);
        tests::services::sign_in(self, &email, "three cats on a sofa").await
    }

    /// Links `login` to the account of `access`.
    pub async fn link(&self, access: &str, login: &str) -> TestReply {
        let path = "/api/v1/me/social-accounts/oidc";
        let begun = Started::from(&self.post(&format!("{path}/start")).bearer(access).json(&json!({})).send().await);
        let callback = Browser::new().run_flow(&begun.authorize_url, Answer::Agree(login)).await;
        let body = json!({"ticket": begun.ticket, "callback": callback});
        self.post(&format!("{path}/finish")).bearer(access).json(&body).send().await
    }

    /// Linked accounts.
    pub async fn linked(&self, access: &str) -> Vec<Value> {
        let reply = self.get("/api/v1/me/social-accounts").bearer(access).send().await.assert_status(200);
        reply["items"].as_array().expect("a list").clone()
    }

    /// Unlinks one.
    pub async fn unlink(&self, access: &str, linked: &Value) -> TestReply {
        let id = linked["id"].as_str().expect("an id");
        self.delete(&format!("/api/v1/me/social-accounts/{id}")).bearer(access).send().await
    }
}

impl Deref for Cinema {
    type Target = service_kit::testing::TestClient;

    fn deref(&self) -> &Self::Target {
        &self.service.client
    }
}

impl Started {
    fn from(reply: &TestReply) -> Self {
        let body = reply.assert_status(200);
        let text = |name: &str| body[name].as_str().expect("text").to_owned();
        Self { authorize_url: text("authorize_url"), ticket: text("ticket") }
    }
}

/// The access token of a finished sign-in.
pub fn access(body: &Value) -> String {
    body["tokens"]["access_token"].as_str().expect("a token").to_owned()
}

/// Id of the account of a finished sign-in.
pub fn account(body: &Value) -> String {
    body["user"]["id"].as_str().expect("an id").to_owned()
}

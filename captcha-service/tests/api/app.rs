//! The service under test: on its own port, with a clock that tests move.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use captcha_service::app::{RunningApp, build_with};
use captcha_service::challenge_repository::PictureRef;
use captcha_service::config::Config;
use captcha_service::domain::{Answer, ChallengeToken};
use captcha_service::stores::RecordKeys;
use serde_json::{Value, json};
use service_kit::settings::ClientSecret;
use service_kit::testing::{ManualClock, TestClient, TestReply};
use tempfile::TempDir;

pub const CLIENT: (&str, &str) = ("auth-service", "the secret of auth-service");
pub const SECRET: &str = "the secret of site tv";
pub const NEW_SECRET: &str = "the next secret of site tv";
pub const OTHER_SECRET: &str = "the secret of site web";

/// A running service.
pub struct TestApp {
    pub running: RunningApp,
    pub clock: Arc<ManualClock>,
    client: TestClient,
    _folder: TempDir,
}

impl Deref for TestApp {
    type Target = TestClient;

    fn deref(&self) -> &TestClient {
        &self.client
    }
}

impl TestApp {
    pub async fn start() -> Self {
        Self::start_with(|_| ()).await
    }

    pub async fn sealed() -> Self {
        Self::start_with(|config| config.sealed = true).await
    }

    #[expect(clippy::unused_async, reason = "starts as the apps of other services do")]
    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::embedded(folder.path(), "127.0.0.1:0".parse().unwrap());
        config.server.workers = 2;
        config.server.drain_timeout = Duration::from_secs(1);
        let named = |id: &str, secret: &str| ClientSecret { id: id.into(), secret: secret.to_owned().into() };
        config.service_clients = Some(vec![named(CLIENT.0, CLIENT.1)]);
        config.sites = Some(vec![named("tv", SECRET), named("tv", NEW_SECRET), named("web", OTHER_SECRET)]);
        config.limits = config.limits.shadow(); // no default limit rejects requests of tests
        change(&mut config);
        let clock: Arc<ManualClock> = Arc::default();
        let running = build_with(config, clock.clone(), None).unwrap().start().unwrap();
        let client = TestClient::new(format!("http://{}", running.address()));
        Self { running, clock, client, _folder: folder }
    }

    pub fn pass_time(&self, seconds: f64) {
        self.clock.advance(Duration::from_secs_f64(seconds));
    }

    /// Requests a challenge of site tv.
    pub async fn request_challenge(&self, mut body: Value) -> TestReply {
        for (name, value) in [("action", "log_in"), ("sitekey", "tv")] {
            if body.get(name).is_none() {
                body[name] = value.into();
            }
        }
        self.post("/api/v1/captcha/challenges").json(&body).send().await
    }

    /// A challenge of a new device.
    pub async fn challenge(&self) -> Value {
        self.request_challenge(json!({})).await.assert_status(201)
    }

    /// A challenge of a device that has passed one before.
    pub async fn proven_challenge(&self) -> Value {
        let (_, device) = self.pass(json!({})).await;
        self.request_challenge(json!({"device_token": device})).await.assert_status(201)
    }

    pub async fn answer(&self, session: &Value, picture: &Value, answer: impl Into<Value>) -> TestReply {
        let path = format!("/api/v1/captcha/challenges/{}/answer", text(session));
        self.post(&path).json(&json!({"picture_id": picture, "answer": answer.into()})).send().await
    }

    /// Right answer of the current picture, or any if there is none.
    pub async fn right(&self, session: &Value, picture: &Value) -> String {
        let repository = &self.running.state().repository;
        let token = ChallengeToken::parse(text(session)).unwrap();
        let known = match repository.read_picture(text(picture), &token) {
            PictureRef::Sealed(challenge) => Some(challenge),
            PictureRef::Stored(_) => {
                let keys = RecordKeys::challenge(token.device(), token.key());
                repository.change(&keys, |records, _| records.challenge).await.unwrap()
            }
        };
        known.map_or("10".into(), |challenge| challenge.right_answer().number().to_string())
    }

    pub async fn wrong(&self, session: &Value, picture: &Value) -> String {
        let right = Answer::parse(&self.right(session, picture).await).unwrap().number();
        (if right == 99 { 10 } else { right + 1 }).to_string()
    }

    /// Passes a challenge at human speed; returns the pass and the device token.
    pub async fn pass(&self, body: Value) -> (String, String) {
        let challenge = self.request_challenge(body).await.assert_status(201);
        let right = self.right(&challenge["session"], &challenge["picture_id"]).await;
        self.pass_time(5.0);
        let passed = self.answer(&challenge["session"], &challenge["picture_id"], right).await.assert_status(200);
        assert_eq!(passed["status"], "passed", "{passed}");
        (text(&passed["token"]).to_owned(), text(&challenge["device_token"]).to_owned())
    }

    pub async fn verify(&self, body: Value) -> Value {
        self.post("/siteverify").json(&body).send().await.assert_status(200)
    }

    pub async fn assess(&self, body: Value) -> Value {
        self.post("/api/v1/captcha/assess").basic(CLIENT.0, CLIENT.1).json(&body).send().await.assert_status(200)
    }

    pub async fn report_outcome(&self, body: Value) -> TestReply {
        self.post("/api/v1/captcha/feedback").basic(CLIENT.0, CLIENT.1).json(&body).send().await
    }
}

pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

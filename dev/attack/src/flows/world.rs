//! auth-service and captcha-service, their clock, and requests of bots and users to them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use auth_service::config::CaptchaConfig;
use captcha_service::challenge_repository::PictureRef;
use captcha_service::domain::ChallengeToken;
use captcha_service::stores::RecordKeys;
use mailer::MailText;
use reqwest::Method;
use serde_json::{Value, json};
use service_kit::Clock;
use service_kit::server::limits::{LimitTable, LimitsConfig, LimitsText};
use service_kit::settings::{ClientSecret, ConfigErrors};
use service_kit::testing::{ManualClock, TestClient, TestReply};
use tempfile::TempDir;

/// The origin of the pages.
pub const ORIGIN: &str = "http://auth.test";
/// Password of every account.
pub const PASSWORD: &str = "three cats on a sofa";
const SECRET: &str = "a secret of the simulation, of 32 letters";

/// Both services.
pub struct World {
    pub clock: Arc<ManualClock>,
    auth: auth_service::app::RunningApp,
    captcha: captcha_service::app::RunningApp,
    at_auth: TestClient,
    at_captcha: TestClient,
    _folder: TempDir,
}

/// A presented picture.
pub struct PresentedPicture {
    pub session: Value,
    pub picture: Value,
    pub device_token: Value,
}

impl World {
    pub async fn start() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let (clock, any) = (Arc::<ManualClock>::default(), SocketAddr::from(([127, 0, 0, 1], 0)));
        let named = |id: &str| vec![ClientSecret { id: id.into(), secret: SECRET.to_owned().into() }];
        let mut config = captcha_service::config::Config::embedded(folder.path(), any);
        (config.sites, config.service_clients) = (Some(named("tv")), Some(named("auth-service")));
        (config.keys, config.server.workers) = (Some(vec![SECRET.to_owned().into()]), 1);
        config.phone_url = Some(format!("{ORIGIN}/activate"));
        config.limits = behind_a_proxy(&captcha_service::limits::LIMITS, "CAPTCHA_")?;
        let captcha = captcha_service::app::build(config, Arc::clone(&clock) as Arc<dyn Clock>)?.start()?;
        let mut config = auth_service::config::Config::embedded(folder.path(), any);
        (config.issuer, config.server.workers, config.hashing.threads) = (ORIGIN.to_owned(), 1, 2);
        config.hashing.deadline = Duration::from_secs(60);
        config.limits = behind_a_proxy(&auth_service::limits::LIMITS, "AUTH_")?;
        let mut captcha_config = CaptchaConfig::at(format!("http://{}", captcha.address()).parse()?);
        (captcha_config.site_secret, captcha_config.client_secret) =
            (Some(SECRET.to_owned().into()), Some(SECRET.to_owned().into()));
        captcha_config.timeout = Duration::from_secs(5); // a busy machine must not cause timeouts
        config.captcha = Some(captcha_config);
        let auth = auth_service::app::build(config, Arc::clone(&clock) as Arc<dyn Clock>).await?;
        let auth = auth.start(|_, _| MailText { subject: "", body: String::new() })?;
        let client = |address: SocketAddr| TestClient::new(format!("http://{address}"));
        let (at_auth, at_captcha) = (client(auth.address()), client(captcha.address()));
        Ok(Self { clock, auth, captcha, at_auth, at_captcha, _folder: folder })
    }

    pub async fn stop(self) -> anyhow::Result<()> {
        self.auth.stop().await?;
        Ok(self.captcha.stop().await?)
    }

    pub fn sleep(&self, time: Duration) {
        self.clock.advance(time);
    }

    /// Posts JSON to auth-service from the network with this number.
    pub async fn post(&self, path: &str, network: u32, body: &Value) -> TestReply {
        self.at_auth.post(path).header("x-forwarded-for", &address(network)).json(body).send().await
    }

    /// Gets a page, or sends its form, like a browser.
    pub async fn browse(&self, path: &str, network: u32, cookies: &str, form: Option<&[(&str, &str)]>) -> TestReply {
        let method = if form.is_some() { Method::POST } else { Method::GET };
        let mut request = self.at_auth.request(method, path).header("x-forwarded-for", &address(network));
        request = request.header("origin", ORIGIN).header("sec-fetch-site", "same-origin").header("cookie", cookies);
        match form {
            Some(fields) => request.form(fields).send().await,
            None => request.send().await,
        }
    }

    /// Opens a challenge; an error is the wait.
    pub async fn challenge(&self, network: u32, body: &Value) -> anyhow::Result<Result<PresentedPicture, Duration>> {
        let request = self.at_captcha.post("/api/v1/captcha/challenges");
        let reply = request.header("x-forwarded-for", &address(network)).json(body).send().await;
        if reply.status.as_u16() == 429 {
            return Ok(Err(Duration::from_secs(reply.header("retry-after").parse()?)));
        }
        ensure!(reply.status.as_u16() == 201, "a challenge: {}", reply.text());
        let shown = reply.json();
        let field = |name: &str| shown[name].clone();
        Ok(Ok(PresentedPicture {
            session: field("session"),
            picture: field("picture_id"),
            device_token: field("device_token"),
        }))
    }

    /// Answers a picture; returns the body of captcha-service.
    pub async fn answer(&self, network: u32, shown: &PresentedPicture, answer: u8) -> anyhow::Result<Value> {
        let path = format!("/api/v1/captcha/challenges/{}/answer", shown.session.as_str().context("a session")?);
        let body = json!({"picture_id": shown.picture, "answer": answer.to_string()});
        let reply = self.at_captcha.post(&path).header("x-forwarded-for", &address(network)).json(&body).send().await;
        ensure!(reply.status.is_success(), "an answer: {}", reply.text());
        Ok(reply.json())
    }

    /// Level and right answer of a picture, read from the state of captcha-service.
    pub async fn right_answer(&self, shown: &PresentedPicture) -> anyhow::Result<(u8, u8)> {
        let token =
            ChallengeToken::parse(shown.session.as_str().context("a session")?).context("of captcha-service")?;
        let repository = &self.captcha.state().repository;
        let challenge = match repository.read_picture(shown.picture.as_str().context("a picture")?, &token) {
            PictureRef::Sealed(challenge) => Some(challenge),
            PictureRef::Stored(_) => {
                repository
                    .change(&RecordKeys::challenge(token.device(), token.key()), |records, _| records.challenge)
                    .await?
            }
        };
        let challenge = challenge.context("a live session")?;
        Ok((challenge.level().number(), challenge.right_answer().number()))
    }
}

/// The host with number 1 of the network with this number.
fn address(network: u32) -> String {
    let [_, a, b, c] = network.to_be_bytes();
    format!("{}.{b}.{c}.1", 11 + a)
}

/// Limits in shadow mode, with a trusted proxy that forwards client addresses.
fn behind_a_proxy(table: &'static LimitTable, prefix: &'static str) -> anyhow::Result<LimitsConfig> {
    let text = LimitsText { trusted_proxies: Some("127.0.0.0/8"), ..LimitsText::default() };
    let mut errors = ConfigErrors::default();
    let limits = LimitsConfig::read(table, &text, prefix, &mut errors);
    Ok(errors.finish(limits)?.shadow())
}

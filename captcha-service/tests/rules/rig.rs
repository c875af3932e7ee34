//! The service without HTTP, on each kind of store, with a clock that tests move.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use captcha_service::app::build_with;
use captcha_service::challenge_repository::PictureRef;
use captcha_service::config::Config;
use captcha_service::domain::{Answer, Challenge, ChallengeToken};
use captcha_service::flows::answer::{AnswerError, AnswerOutcome};
use captcha_service::flows::issue::{IssueError, IssuedChallenge};
use captcha_service::state::AppState;
use captcha_service::stores::{RecordKeys, RedisStore};
use contracts::Secret;
use contracts::captcha::Action;
use contracts::captcha::challenges::{IssueChallengeRequest, Modality};
use contracts::captcha::siteverify::{SiteVerifyRequest, SiteVerifyResponse};
use limiter_lib::store::redis::RedisSettings;
use limiter_lib::testing::RedisServer;
use service_kit::settings::ClientSecret;
use service_kit::testing::{ManualClock, eventually};

pub const SECRET: &str = "a secret for tests only";
const KEY: &str = "a key for tests only, of 32 characters";

/// Kind of store, and storage of challenges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Memory,
    SealedMemory,
    Redis,
    SealedRedis,
}

impl Kind {
    pub fn is_sealed(self) -> bool {
        matches!(self, Self::SealedMemory | Self::SealedRedis)
    }

    pub fn is_shared(self) -> bool {
        matches!(self, Self::Redis | Self::SealedRedis)
    }
}

/// A service under test.
pub struct Rig {
    pub kind: Kind,
    pub state: Arc<AppState>,
    pub clock: Arc<ManualClock>,
    pub redis: Option<RedisServer>,
    addresses: AtomicU32,
}

impl Rig {
    pub async fn new(kind: Kind) -> Self {
        let redis = kind.is_shared().then(RedisServer::start);
        Self::on(kind, redis, Arc::default()).await
    }

    /// On a Redis that the test started itself.
    pub async fn at(kind: Kind, url: String) -> Self {
        Self::with_url(kind, Some(url), Arc::default()).await
    }

    /// Another replica on the same Redis and clock.
    pub async fn replica(&self) -> Self {
        let url = self.redis.as_ref().unwrap().url();
        let mut replica = Self::with_url(self.kind, Some(url), Arc::clone(&self.clock)).await;
        replica.addresses = AtomicU32::new(1 << 23);
        replica
    }

    async fn on(kind: Kind, redis: Option<RedisServer>, clock: Arc<ManualClock>) -> Self {
        let url = redis.as_ref().map(RedisServer::url);
        Self { redis, ..Self::with_url(kind, url, clock).await }
    }

    async fn with_url(kind: Kind, url: Option<String>, clock: Arc<ManualClock>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::embedded(folder.path(), "127.0.0.1:0".parse().unwrap());
        let named = |id: &str| ClientSecret { id: id.into(), secret: SECRET.to_owned().into() };
        (config.sites, config.service_clients) = (Some(vec![named("tv")]), Some(vec![named("auth-service")]));
        (config.keys, config.sealed) = (Some(vec![KEY.to_owned().into()]), kind.is_sealed());
        let store = url.map(|url| {
            let store = RedisStore::start(&RedisSettings::from_url(&url).unwrap(), "cap1").unwrap();
            store.with_clock(clock.clone())
        });
        let app = build_with(config, clock.clone(), store).unwrap();
        let state = Arc::clone(app.state());
        tokio::spawn(Arc::clone(&state.repository).replay_when_back(clock.clone()));
        let rig = Self { kind, state, clock, redis: None, addresses: AtomicU32::new(0) };
        rig.connected().await;
        rig
    }

    /// Waits for the shared store, if there is one.
    pub async fn connected(&self) {
        let repository = &self.state.repository;
        eventually("Redis is there", Duration::from_secs(20), async || !repository.is_degraded()).await;
    }

    pub fn pass_time(&self, seconds: f64) {
        self.clock.advance(Duration::from_secs_f64(seconds));
    }

    /// An address in an unused network.
    pub fn address(&self) -> IpAddr {
        let number = self.addresses.fetch_add(1, Ordering::Relaxed);
        let [_, a, b, c] = number.to_be_bytes();
        IpAddr::V4(Ipv4Addr::new(10 | a, b, c, 1))
    }

    /// Opens a challenge for a new device, or for the one with this token.
    pub async fn issue(&self, token: Option<&Secret>, address: IpAddr) -> Result<IssuedChallenge, IssueError> {
        self.issue_for(Action::LogIn, token, address).await
    }

    pub async fn issue_for(
        &self,
        action: Action,
        token: Option<&Secret>,
        address: IpAddr,
    ) -> Result<IssuedChallenge, IssueError> {
        let request = self.request(action, token, Modality::Image);
        self.state.challenges.issue(&request, Some(address)).await
    }

    /// A request for a challenge, without an assessment.
    pub fn request(&self, action: Action, token: Option<&Secret>, modality: Modality) -> IssueChallengeRequest {
        IssueChallengeRequest {
            assess_id: None,
            sitekey: Some("tv".into()),
            action,
            device_token: token.cloned(),
            lang: Default::default(),
            contrast: Default::default(),
            modality,
        }
    }

    /// The stored or sealed challenge.
    pub async fn challenge(&self, challenge: &str, picture: &str) -> Option<Challenge> {
        let token = ChallengeToken::parse(challenge)?;
        if let PictureRef::Sealed(challenge) = self.state.repository.read_picture(picture, &token) {
            return Some(challenge);
        }
        let keys = RecordKeys::challenge(token.device(), token.key());
        self.state.repository.change(&keys, |records, _| records.challenge).await.ok().flatten()
    }

    /// Right answer of the current picture.
    pub async fn right(&self, challenge: &str, picture: &str) -> String {
        let known = self.challenge(challenge, picture).await;
        known.map_or("10".into(), |challenge| challenge.right_answer().number().to_string())
    }

    pub async fn answer(&self, challenge: &str, picture: &str, text: &str) -> Result<AnswerOutcome, AnswerError> {
        self.state.challenges.answer(challenge, picture, text).await
    }

    /// Opens a challenge, waits as long as a human would, and answers; returns the pass.
    pub async fn pass(&self, action: Action) -> String {
        let issued = self.issue_for(action, None, self.address()).await.unwrap();
        let challenge = issued.token.to_text();
        let right = self.right(&challenge, &issued.picture_id).await;
        self.pass_time(4.0);
        match self.answer(&challenge, &issued.picture_id, &right).await.unwrap() {
            AnswerOutcome::Passed { token, .. } => token,
            _ => panic!("a right answer passes"),
        }
    }

    pub async fn verify(&self, token: &str) -> SiteVerifyResponse {
        self.send(&verification(token)).await
    }

    pub async fn send(&self, request: &SiteVerifyRequest) -> SiteVerifyResponse {
        self.state.passes.verify(request).await
    }
}

/// The minimal request to verify a pass.
pub fn verification(token: &str) -> SiteVerifyRequest {
    SiteVerifyRequest {
        secret: Some(Secret::new(SECRET)),
        response: Some(Secret::new(token)),
        ..SiteVerifyRequest::default()
    }
}

/// A wrong answer.
pub fn wrong(right: &str) -> String {
    let right = Answer::parse(right).unwrap().number();
    (if right == 99 { 10 } else { right + 1 }).to_string()
}

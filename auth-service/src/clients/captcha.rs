//! Asking captcha-service whether somebody looks like a bot, and whether a pass is good, behind a breaker.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use contracts::Secret;
use contracts::captcha::assess::{AssessRisk, AssessRiskRequest, AssessRiskResponse};
use contracts::captcha::feedback::{Outcome, ReportOutcome, TellOutcomeRequest};
use contracts::captcha::siteverify::{ErrorCode, SiteVerify, SiteVerifyRequest, SiteVerifyResponse};
use contracts::endpoint::{Endpoint, Nothing};
use secrecy::{ExposeSecret, SecretString};
use service_kit::breaker::probe::{self, ProbeSettings};
use service_kit::breaker::{Breaker, BreakerError, BreakerSettings, State};
use service_kit::client::{CallContext, CallError, Credentials, ServiceClient};
use url::Url;

/// The least time that a check of a pass is given: by then the person has worked for it.
const VERIFY: Duration = Duration::from_millis(500);

/// How auth-service reaches captcha-service.
#[derive(Debug, Clone)]
pub struct CaptchaClientSettings {
    /// Base URL.
    pub url: Url,
    /// Name of this service there.
    pub client_id: String,
    /// Secret of this service there.
    pub client_secret: SecretString,
    /// Secret of the site whose passes are taken here.
    pub site_secret: SecretString,
    /// How long an assessment may take.
    pub timeout: Duration,
}

/// captcha-service cannot say anything right now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaptchaUnavailable {
    /// When another try makes sense.
    pub retry_after: Duration,
}

/// A pass as somebody shows it.
#[derive(Debug, Clone, Copy)]
pub struct Pass<'a> {
    /// The pass.
    pub token: &'a Secret,
    /// The credential of the device that it must be from.
    pub device: &'a Secret,
    /// What was, or would be, assessed now: the challenge of the pass must have been assessed for the same action, account and
    /// platform, and with every signal that is found now.
    pub request: &'a AssessRiskRequest,
}

/// What a pass is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PassVerdict {
    /// It is good, and used up now.
    Good {
        /// Names it when its outcome is told; no secret.
        id: Option<String>,
        /// Whether it may have worked elsewhere too.
        degraded: bool,
    },
    /// It is not: wrong, used, too old, or somebody else's.
    Bad,
}

/// A client of captcha-service. Clones share connections and breaker.
#[derive(Clone)]
pub struct CaptchaClient {
    ours: ServiceClient,
    public: ServiceClient,
    site_secret: Secret,
    breaker: Breaker,
    timeout: Duration,
    /// Whether it refused this service or its site secret last time: it works, and is of no use.
    refused: Arc<AtomicBool>,
}

impl CaptchaClient {
    /// Sets the client up; nothing is called yet.
    ///
    /// # Errors
    /// When the TLS settings of this machine cannot be read.
    pub fn new(settings: CaptchaClientSettings) -> Result<Self, reqwest::Error> {
        let CaptchaClientSettings { url, client_id, client_secret, site_secret, timeout } = settings;
        Ok(Self {
            ours: ServiceClient::new(url.clone(), Credentials::Service { client_id, secret: client_secret })?,
            public: ServiceClient::new(url, Credentials::None)?,
            site_secret: Secret::new(site_secret.expose_secret()),
            breaker: Breaker::new("captcha", BreakerSettings::default()),
            timeout,
            refused: Arc::default(),
        })
    }

    /// Asks how much of a bot a request looks like.
    ///
    /// # Errors
    /// When nobody can say right now.
    pub async fn assess(
        &self,
        request: &AssessRiskRequest,
        request_id: &str,
    ) -> Result<AssessRiskResponse, CaptchaUnavailable> {
        self.call::<AssessRisk>(&self.ours, request, request_id, self.timeout).await
    }

    /// Asks whether a pass is good, and uses it up.
    ///
    /// # Errors
    /// When nobody can say right now.
    pub async fn verify(&self, pass: &Pass<'_>, request_id: &str) -> Result<PassVerdict, CaptchaUnavailable> {
        let request = SiteVerifyRequest {
            secret: Some(self.site_secret.clone()),
            response: Some(pass.token.clone()),
            remoteip: pass.request.ip.clone(),
            expect_action: Some(pass.request.action.as_str().to_owned()),
            expect_device: Some(pass.device.clone()),
            expect_account: pass.request.account_hash.clone(),
            expect_platform: pass.request.platform.map(|platform| platform.as_str().to_owned()),
            expect_signals: Some(
                pass.request.signals.iter().map(|signal| signal.as_str()).collect::<Vec<_>>().join(" "),
            ),
            ..SiteVerifyRequest::default()
        };
        let answer = self.call::<SiteVerify>(&self.public, &request, request_id, self.timeout.max(VERIFY)).await?;
        self.read(answer)
    }

    /// Tells what became of somebody after a pass.
    ///
    /// # Errors
    /// When it cannot be told right now.
    pub async fn tell(&self, pass_id: &str, outcome: Outcome, request_id: &str) -> Result<(), CaptchaUnavailable> {
        let request = TellOutcomeRequest { token_id: Some(pass_id.to_owned()), token: None, outcome };
        self.call::<ReportOutcome>(&self.ours, &request, request_id, self.timeout.max(VERIFY)).await.map(drop)
    }

    /// Whether it is known to be of no use right now. Cheap: it asks the breaker, not the network.
    pub fn is_away(&self) -> bool {
        self.refused.load(Ordering::Relaxed) || matches!(self.breaker.state(), State::Open { .. })
    }

    /// Keeps asking about no pass at all while that tells something new; run it beside the server.
    pub async fn keep_probing(self) {
        let settings = ProbeSettings {
            every: Duration::from_millis(150),
            when_idle: Duration::from_millis(500),
            deadline: self.timeout.max(VERIFY),
        };
        let breaker = self.breaker.clone();
        let call = move || {
            let client = self.clone();
            async move {
                let request = SiteVerifyRequest { secret: Some(client.site_secret.clone()), ..Default::default() };
                let context = CallContext::new(probe::REQUEST_ID, client.timeout.max(VERIFY));
                client
                    .public
                    .call::<SiteVerify>(&Nothing {}, &SiteVerifyRequest::default(), &request, &context)
                    .await
                    .map(drop)
            }
        };
        probe::run(breaker, settings, call).await;
    }

    async fn call<E: Endpoint<Path = Nothing, Query: Default>>(
        &self,
        client: &ServiceClient,
        body: &E::Body,
        request_id: &str,
        timeout: Duration,
    ) -> Result<E::Output, CaptchaUnavailable> {
        let context = CallContext::new(request_id, timeout);
        let query = E::Query::default();
        let call = client.call::<E>(&Nothing {}, &query, body, &context);
        match self.breaker.call(timeout, call).await {
            Ok(answer) => {
                if E::ID == AssessRisk::ID {
                    self.refused.store(false, Ordering::Relaxed);
                }
                Ok(answer)
            }
            Err(error) => {
                if let BreakerError::Called(CallError::Refused(problem)) = &error {
                    self.note_refusal(&problem.code);
                }
                tracing::debug!(endpoint = E::ID, %error, "captcha-service cannot say");
                Err(self.away())
            }
        }
    }

    /// An answer that nobody could make says nothing about the pass. It must never count as a yes.
    fn read(&self, answer: SiteVerifyResponse) -> Result<PassVerdict, CaptchaUnavailable> {
        if answer.success {
            return Ok(PassVerdict::Good { id: answer.token_id, degraded: answer.degraded });
        }
        if answer.error_codes.contains(&ErrorCode::InvalidInputSecret) {
            self.note_refusal("invalid-input-secret");
            return Err(self.away());
        }
        if answer.error_codes.contains(&ErrorCode::InternalError) {
            return Err(self.away());
        }
        Ok(PassVerdict::Bad)
    }

    fn note_refusal(&self, code: &str) {
        if !self.refused.swap(true, Ordering::Relaxed) {
            tracing::error!(
                code,
                "captcha-service refuses this service; check AUTH_CAPTCHA_SECRET and the client's own"
            );
        }
    }

    fn away(&self) -> CaptchaUnavailable {
        CaptchaUnavailable { retry_after: self.breaker.retry_after().max(Duration::from_secs(1)) }
    }
}

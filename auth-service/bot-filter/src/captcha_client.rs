//! Client of captcha-service, behind a breaker: risk assessments, verification of passes, reports of outcomes.

use std::time::Duration;

use contracts::Secret;
use contracts::captcha::assess::{AssessRisk, AssessRiskRequest, AssessRiskResponse};
use contracts::captcha::feedback::{Outcome, ReportOutcome, ReportOutcomeRequest};
use contracts::captcha::siteverify::{ErrorCode, SiteVerify, SiteVerifyRequest, SiteVerifyResponse};
use contracts::endpoint::{Endpoint, Nothing};
use secrecy::{ExposeSecret, SecretString};
use service_kit::client::breaker::{Upstream, probe};
use service_kit::client::{CallContext, Credentials, ServiceClient};
use url::Url;

/// Minimum timeout of a verification: the user has worked for the pass, so a failure costs more than a wait.
const MIN_VERIFY_TIMEOUT: Duration = Duration::from_millis(500);

/// Settings of [`CaptchaClient`].
#[derive(Debug, Clone)]
pub struct CaptchaClientSettings {
    /// Base URL.
    pub url: Url,
    /// Client id of this service at captcha-service.
    pub client_id: String,
    /// Client secret of this service at captcha-service.
    pub client_secret: SecretString,
    /// Secret of the site that the passes are issued for.
    pub site_secret: SecretString,
    /// Timeout of an assessment.
    pub timeout: Duration,
}

/// captcha-service is unavailable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CaptchaUnavailable {
    /// Time after which a retry makes sense.
    pub retry_after: Duration,
}

/// A pass, as presented.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pass<'a> {
    /// The pass.
    pub token: &'a Secret,
    /// Credential of the device that solved the challenge.
    pub device: &'a Secret,
    /// The request that the pass must match: its challenge must have been assessed for the same action, account and
    /// platform, and with every signal that is found now.
    pub request: &'a AssessRiskRequest,
}

/// Result of a verification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PassVerdict {
    /// Valid, and used up now.
    Good {
        /// Id for the report of the outcome; no secret.
        id: Option<String>,
        /// `true` when captcha-service could not rule out an earlier use.
        degraded: bool,
    },
    /// Invalid: unknown, used, expired, or issued for another device, account or action.
    Bad,
}

/// A client of captcha-service. Clones share connections and breaker.
#[derive(Clone)]
pub struct CaptchaClient {
    authenticated: ServiceClient,
    anonymous: ServiceClient,
    site_secret: Secret,
    upstream: Upstream,
    timeout: Duration,
}

impl CaptchaClient {
    /// Creates the client; makes no call.
    ///
    /// # Errors
    /// When the TLS settings of this machine cannot be read.
    pub fn new(settings: CaptchaClientSettings) -> Result<Self, reqwest::Error> {
        let CaptchaClientSettings { url, client_id, client_secret, site_secret, timeout } = settings;
        Ok(Self {
            authenticated: ServiceClient::new(url.clone(), Credentials::Service { client_id, secret: client_secret })?,
            anonymous: ServiceClient::new(url, Credentials::None)?,
            site_secret: Secret::new(site_secret.expose_secret()),
            upstream: Upstream::new("captcha", "captcha-service", "AUTH_CAPTCHA_SECRET and the client's own"),
            timeout,
        })
    }

    /// Assesses the risk that a request comes from a bot.
    ///
    /// # Errors
    /// When captcha-service is unavailable.
    pub(crate) async fn assess(
        &self,
        request: &AssessRiskRequest,
        request_id: &str,
    ) -> Result<AssessRiskResponse, CaptchaUnavailable> {
        self.call::<AssessRisk>(&self.authenticated, request, request_id, self.timeout).await
    }

    /// Verifies a pass and uses it up.
    ///
    /// # Errors
    /// When captcha-service is unavailable.
    pub(crate) async fn verify(&self, pass: &Pass<'_>, request_id: &str) -> Result<PassVerdict, CaptchaUnavailable> {
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
        let response = self
            .call::<SiteVerify>(&self.anonymous, &request, request_id, self.timeout.max(MIN_VERIFY_TIMEOUT))
            .await?;
        self.verdict(response)
    }

    /// Reports the outcome of a sign-in with a pass.
    ///
    /// # Errors
    /// When captcha-service is unavailable.
    pub(crate) async fn report_outcome(
        &self,
        pass_id: &str,
        outcome: Outcome,
        request_id: &str,
    ) -> Result<(), CaptchaUnavailable> {
        let request = ReportOutcomeRequest { token_id: Some(pass_id.to_owned()), token: None, outcome };
        self.call::<ReportOutcome>(&self.authenticated, &request, request_id, self.timeout.max(MIN_VERIFY_TIMEOUT))
            .await
            .map(drop)
    }

    /// `true` while captcha-service is known to be unavailable, or to reject the credentials of this service or site.
    /// Makes no call.
    pub(crate) fn is_unavailable(&self) -> bool {
        self.upstream.is_unavailable()
    }

    /// Probes captcha-service with an empty verification while the breaker needs it; runs beside the server.
    pub(crate) async fn keep_probing(self) {
        let (upstream, deadline) = (self.upstream.clone(), self.timeout.max(MIN_VERIFY_TIMEOUT));
        let call = move || {
            let client = self.clone();
            async move {
                let request = SiteVerifyRequest { secret: Some(client.site_secret.clone()), ..Default::default() };
                let context = CallContext::new(probe::REQUEST_ID, deadline);
                client
                    .anonymous
                    .call::<SiteVerify>(&Nothing {}, &SiteVerifyRequest::default(), &request, &context)
                    .await
                    .map(drop)
            }
        };
        upstream.keep_probing(deadline, call).await;
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
        let call = async {
            let outcome = client.call::<E>(&Nothing {}, &query, body, &context).await;
            if outcome.is_err() || E::ID == AssessRisk::ID {
                self.upstream.record_credentials(&outcome);
            }
            outcome
        };
        self.upstream.call(timeout, call).await.map_err(|error| {
            tracing::debug!(endpoint = E::ID, %error, "captcha-service is unavailable");
            self.unavailable()
        })
    }

    /// Maps the reply. An internal error or a rejected secret says nothing about the pass: it is
    /// [`CaptchaUnavailable`], never a success.
    fn verdict(&self, response: SiteVerifyResponse) -> Result<PassVerdict, CaptchaUnavailable> {
        if response.success {
            return Ok(PassVerdict::Good { id: response.token_id, degraded: response.degraded });
        }
        if response.error_codes.contains(&ErrorCode::InvalidInputSecret) {
            self.upstream.record_rejection("invalid-input-secret");
            return Err(self.unavailable());
        }
        if response.error_codes.contains(&ErrorCode::InternalError) {
            return Err(self.unavailable());
        }
        Ok(PassVerdict::Bad)
    }

    fn unavailable(&self) -> CaptchaUnavailable {
        CaptchaUnavailable { retry_after: self.upstream.retry_after() }
    }
}

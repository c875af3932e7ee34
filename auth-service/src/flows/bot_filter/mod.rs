//! Bot filter for sign-ups and sign-ins.
//!
//! Decisions depend on the request only, before any account is read: an existing account makes no difference, so a
//! required captcha does not reveal it.

mod local_throttle;
mod outcomes;
mod sign_up_form;
mod verified_passes;

use std::net::IpAddr;
use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contracts::Secret;
use contracts::auth::devices::DeviceKind;
use contracts::captcha::Action;
use contracts::captcha::assess::{AssessRiskRequest, AssessRiskResponse, Decision, Platform, Signal};
use contracts::captcha::feedback::Outcome;
use contracts::problem::CaptchaRequired;
use limiter_lib::Limiter;

use self::local_throttle::{LocalThrottle, ThrottleUnits};
use self::outcomes::{OutcomeReport, OutcomeSender};
use self::sign_up_form::SignUpForms;
use self::verified_passes::{VerifiedPass, VerifiedPasses};
use super::KnownDevice;
use crate::clients::{CaptchaClient, CaptchaUnavailable, Pass, PassVerdict};
use crate::domain::FailedAttempts;
use crate::state::AppState;

pub use self::outcomes::OutcomeQueue;
pub use self::sign_up_form::{check_sign_up_form, sign_up_form};

/// State of the bot filter; without it no challenge is required.
pub struct BotFilter {
    client: CaptchaClient,
    page_url: String,
    sign_up_forms: SignUpForms,
    passes: VerifiedPasses,
    pseudonym_key: hmac::Key,
    throttle: LocalThrottle,
    outcomes: OutcomeSender,
}

/// Proofs sent by a client.
#[derive(Debug, Clone, Default)]
pub struct CaptchaProof {
    /// The pass of a challenge.
    pub token: Option<Secret>,
    /// The device token of captcha-service.
    pub device_token: Option<Secret>,
    /// The credential that an earlier sign-in to the same account left on the device.
    pub known_device: Option<Secret>,
}

/// A request to be screened.
#[derive(Debug)]
pub struct SignInContext<'a> {
    /// The account, by its normalised login.
    pub account: &'a str,
    /// Kind of device as reported by the client.
    pub device: DeviceKind,
    /// Address of the client.
    pub address: Option<IpAddr>,
    /// Proofs sent with it.
    pub proof: &'a CaptchaProof,
    /// Id of the request.
    pub request_id: &'a str,
}

/// Permission for one attempt. Dropped before the attempt is decided, it restores the pass and refunds the throttle.
#[derive(Default)]
#[must_use = "record its outcome"]
pub struct Screened {
    pass: Option<VerifiedPass>,
    throttle: Option<ThrottleUnits>,
}

impl Screened {
    fn by_pass(pass: VerifiedPass) -> Self {
        Self { pass: Some(pass), throttle: None }
    }

    fn by_throttle(units: ThrottleUnits) -> Self {
        Self { pass: None, throttle: Some(units) }
    }

    /// Marks the attempt as decided, so that nothing is restored. Returns the id of the pass.
    fn decided(self) -> Option<String> {
        if let Some(units) = self.throttle {
            units.keep();
        }
        self.pass.and_then(VerifiedPass::use_up)
    }
}

/// Reasons to reject a request.
#[derive(Debug, Clone, thiserror::Error)]
pub enum BotFilterError {
    /// A challenge must be passed first.
    #[error("a challenge is to be passed first")]
    Needed(Box<CaptchaRequired>),
    /// Rejected without a challenge.
    #[error("no challenge is given now")]
    Refused(Duration),
    /// A challenge would be required, but captcha-service is unavailable.
    #[error("captcha-service does not answer")]
    Unavailable(Duration),
    /// Too many attempts while challenges are unavailable.
    #[error("too many attempts without a challenge")]
    Throttled(Duration),
}

impl From<CaptchaUnavailable> for BotFilterError {
    fn from(error: CaptchaUnavailable) -> Self {
        Self::Unavailable(error.retry_after)
    }
}

impl BotFilter {
    /// Creates the filter with the secret and the limiter shared by all replicas of this installation.
    pub fn new(client: CaptchaClient, page_url: String, secret: &[u8], limiter: Limiter) -> (Self, OutcomeQueue) {
        let pseudonym_key =
            hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), b"accounts as captcha-service sees them");
        let (outcomes, queue) = OutcomeSender::new(client.clone());
        let filter = Self {
            client,
            page_url,
            sign_up_forms: SignUpForms::new(secret),
            passes: VerifiedPasses::default(),
            pseudonym_key: hmac::Key::new(hmac::HMAC_SHA256, pseudonym_key.as_ref()),
            throttle: LocalThrottle::new(limiter),
            outcomes,
        };
        (filter, queue)
    }

    /// Probes captcha-service while it is unavailable; run it beside the server.
    pub fn keep_probing(&self) -> impl Future<Output = ()> + Send + 'static {
        self.client.clone().keep_probing()
    }

    /// Pseudonym of an account: captcha-service can compare accounts, but not identify them.
    fn pseudonym(&self, account: &str) -> String {
        URL_SAFE_NO_PAD.encode(hmac::sign(&self.pseudonym_key, account.as_bytes()))
    }

    /// The request to assess, with which a pass is compared as well.
    fn request(&self, context: &SignInContext<'_>, action: Action, guessing: bool) -> AssessRiskRequest {
        AssessRiskRequest {
            action,
            device_id: context.proof.device_token.clone(),
            ip: context.address.map(|address| address.to_string()),
            platform: Some(match context.device {
                DeviceKind::Tv => Platform::Tv,
                DeviceKind::Phone | DeviceKind::Tablet => Platform::Mobile,
                DeviceKind::Desktop => Platform::Web,
                DeviceKind::Other => Platform::Other,
            }),
            account_hash: Some(self.pseudonym(context.account)),
            signals: guessing.then_some(Signal::FailedTries).into_iter().collect(),
        }
    }

    fn needed(&self, assessed: AssessRiskResponse, action: Action) -> BotFilterError {
        let AssessRiskResponse { assess_id, level, .. } = assessed;
        let level = level.clamp(1, 3);
        BotFilterError::Needed(Box::new(CaptchaRequired {
            assess_id,
            level,
            action,
            captcha_url: self.page_url.clone(),
        }))
    }

    /// Redeems the pass of a request; `None` when there is none. With a bad one a challenge is required again, however
    /// harmless the request looks.
    async fn redeem(
        &self,
        context: &SignInContext<'_>,
        request: &AssessRiskRequest,
    ) -> Result<Option<VerifiedPass>, BotFilterError> {
        let CaptchaProof { token: Some(token), device_token: Some(device), .. } = context.proof else {
            return Ok(None);
        };
        let pass = Pass { token, device, request };
        if let Some(pass) = self.passes.take(&pass) {
            return Ok(Some(pass));
        }
        match self.client.verify(&pass, context.request_id).await? {
            PassVerdict::Good { id, degraded } => Ok(Some(self.passes.redeemed(&pass, id, degraded))),
            PassVerdict::Bad => {
                let assessed = self.client.assess(request, context.request_id).await?;
                Err(self.rejection(assessed, request.action))
            }
        }
    }

    fn rejection(&self, assessed: AssessRiskResponse, action: Action) -> BotFilterError {
        match assessed.decision {
            Decision::Allow | Decision::Challenge => self.needed(assessed, action),
            Decision::Deny | Decision::Alternative => BotFilterError::Refused(Duration::from_secs(assessed.expires_in)),
        }
    }

    fn decide(&self, assessed: AssessRiskResponse, action: Action) -> Result<Screened, BotFilterError> {
        match assessed.decision {
            Decision::Allow => Ok(Screened::default()),
            _ => Err(self.rejection(assessed, action)),
        }
    }
}

/// Screens a sign-in. A `known` device needs no challenge, and is throttled while captcha-service is unavailable. All
/// others are assessed, for any reported kind of device: optional and unverified fields decide nothing.
///
/// # Errors
/// [`BotFilterError`].
pub async fn screen_log_in(
    state: &AppState,
    context: &SignInContext<'_>,
    known: Option<KnownDevice>,
    attempts: FailedAttempts,
) -> Result<Screened, BotFilterError> {
    let Some(filter) = &state.bot_filter else { return Ok(Screened::default()) };
    if let Some(device) = known {
        return match filter.client.is_unavailable() {
            true => filter.throttle.known_device(device).await.map(Screened::by_throttle),
            false => Ok(Screened::default()),
        };
    }
    let guessing = looks_like_guessing(state, context, attempts).await;
    let request = filter.request(context, Action::LogIn, guessing);
    if let Some(pass) = filter.redeem(context, &request).await? {
        let throttle = if pass.degraded { Some(filter.throttle.sign_in(context).await?) } else { None };
        return Ok(Screened { throttle, ..Screened::by_pass(pass) });
    }
    filter.decide(filter.client.assess(&request, context.request_id).await?, Action::LogIn)
}

/// Screens a sign-up, which always requires a pass: also at a low risk, and no account is created while captcha-service
/// is unavailable.
///
/// # Errors
/// [`BotFilterError`].
pub async fn screen_sign_up(state: &AppState, context: &SignInContext<'_>) -> Result<Screened, BotFilterError> {
    let Some(filter) = &state.bot_filter else { return Ok(Screened::default()) };
    let request = filter.request(context, Action::SignUp, false);
    if let Some(pass) = filter.redeem(context, &request).await? {
        return Ok(Screened::by_pass(pass));
    }
    Err(filter.rejection(filter.client.assess(&request, context.request_id).await?, Action::SignUp))
}

/// Screens a sign-in on the account page, which has no captcha: attempts that look like guessing are throttled instead,
/// to no more than an address has over the API without a pass.
///
/// # Errors
/// [`BotFilterError::Throttled`].
pub async fn screen_page_sign_in(
    state: &AppState,
    context: &SignInContext<'_>,
    known: Option<KnownDevice>,
    attempts: FailedAttempts,
) -> Result<Screened, BotFilterError> {
    let Some(filter) = &state.bot_filter else { return Ok(Screened::default()) };
    if known.is_some() || !looks_like_guessing(state, context, attempts).await {
        return Ok(Screened::default());
    }
    filter.throttle.page_sign_in(context).await.map(Screened::by_throttle)
}

/// Screens a sign-up on the account page.
///
/// # Errors
/// [`BotFilterError::Throttled`].
pub async fn screen_page_sign_up(state: &AppState, address: Option<IpAddr>) -> Result<Screened, BotFilterError> {
    match &state.bot_filter {
        Some(filter) => filter.throttle.sign_up(address).await.map(Screened::by_throttle),
        None => Ok(Screened::default()),
    }
}

async fn looks_like_guessing(state: &AppState, context: &SignInContext<'_>, attempts: FailedAttempts) -> bool {
    FailedAttempts { address: state.address_failures.recent(context.address).await, ..attempts }.look_like_guessing()
}

/// Reports a correct password.
pub fn record_success(state: &AppState, context: &SignInContext<'_>, screened: Screened) {
    record(state, context, screened, Outcome::LoginOk);
}

/// Counts a wrong password; a missing account counts the same.
pub async fn record_wrong_password(state: &AppState, context: &SignInContext<'_>, screened: Screened) {
    record(state, context, screened, Outcome::BadPassword);
    state.address_failures.count(context.address).await;
}

/// Marks the attempt as decided without a report to captcha-service.
pub fn mark_decided(screened: Screened) {
    drop(screened.decided());
}

fn record(state: &AppState, context: &SignInContext<'_>, screened: Screened, outcome: Outcome) {
    let pass_id = screened.decided();
    if let Some(filter) = &state.bot_filter {
        filter.outcomes.send(OutcomeReport::of(pass_id, outcome, context));
    }
}

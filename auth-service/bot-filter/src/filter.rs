//! Screening of sign-ups and sign-ins.

use std::net::IpAddr;
use std::sync::Arc;

use contracts::Secret;
use contracts::captcha::Action;
use contracts::captcha::feedback::Outcome;
use service_kit::Clock;

use crate::address_failures::AddressFailures;
use crate::captcha_screening::CaptchaScreening;
use crate::failed_attempts::FailedAttempts;
use crate::outcomes::OutcomeReport;
use crate::rejection::BotFilterError;
use crate::screened::Screened;
use crate::sign_in_context::{KnownDevice, SignInContext};
use crate::sign_up_form::{InvalidForm, SignUpForm};

/// Bot filter for sign-ups and sign-ins.
pub struct BotFilter {
    captcha: Option<CaptchaScreening>,
    address_failures: Arc<AddressFailures>,
    clock: Arc<dyn Clock>,
}

impl BotFilter {
    /// Creates it with captcha and throttles; `None` screens nothing. Wrong passwords are counted in `address_failures`.
    pub fn new(
        captcha: Option<CaptchaScreening>,
        address_failures: Arc<AddressFailures>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { captcha, address_failures, clock }
    }

    /// Probes captcha-service while it is unavailable; `None` without a captcha. Run it beside the server.
    pub fn keep_probing(&self) -> Option<impl Future<Output = ()> + Send + 'static> {
        self.captcha.as_ref().map(|captcha| captcha.client.clone().keep_probing())
    }

    /// Screens a sign-in. A `known` device needs no challenge, and is throttled while captcha-service is unavailable.
    /// All others are assessed, for any reported kind of device: optional and unverified fields decide nothing.
    ///
    /// # Errors
    /// [`BotFilterError`].
    pub async fn log_in(
        &self,
        context: &SignInContext<'_>,
        known: Option<KnownDevice>,
        attempts: FailedAttempts,
    ) -> Result<Screened, BotFilterError> {
        let Some(filter) = &self.captcha else { return Ok(Screened::default()) };
        if let Some(device) = known {
            return match filter.client.is_unavailable() {
                true => filter.throttle.known_device(device).await.map(Screened::by_throttle),
                false => Ok(Screened::default()),
            };
        }
        let guessing = self.looks_like_guessing(context, attempts).await;
        let request = filter.request(context, Action::LogIn, guessing);
        if let Some(pass) = filter.redeem(context, &request).await? {
            let throttle = if pass.degraded { Some(filter.throttle.sign_in(context).await?) } else { None };
            return Ok(Screened { throttle, ..Screened::by_pass(pass) });
        }
        filter.decide(filter.client.assess(&request, context.request_id).await?, Action::LogIn)
    }

    /// Screens a sign-up, which always requires a pass: also at a low risk, and no account is created while
    /// captcha-service is unavailable.
    ///
    /// # Errors
    /// [`BotFilterError`].
    pub async fn sign_up(&self, context: &SignInContext<'_>) -> Result<Screened, BotFilterError> {
        self.with_pass(context, Action::SignUp).await
    }

    /// Screens a request to reset a password, which sends a mail: like a sign-up it always requires a pass.
    ///
    /// # Errors
    /// [`BotFilterError`].
    pub async fn reset_password(&self, context: &SignInContext<'_>) -> Result<Screened, BotFilterError> {
        self.with_pass(context, Action::ResetPassword).await
    }

    /// Screens a request that always requires a pass.
    async fn with_pass(&self, context: &SignInContext<'_>, action: Action) -> Result<Screened, BotFilterError> {
        let Some(filter) = &self.captcha else { return Ok(Screened::default()) };
        let request = filter.request(context, action, false);
        if let Some(pass) = filter.redeem(context, &request).await? {
            return Ok(Screened::by_pass(pass));
        }
        Err(filter.rejection(filter.client.assess(&request, context.request_id).await?, action))
    }

    /// Screens a sign-in on the account page, which has no captcha: attempts that look like guessing are throttled
    /// instead, to no more than an address has over the API without a pass.
    ///
    /// # Errors
    /// [`BotFilterError::Throttled`].
    pub async fn page_sign_in(
        &self,
        context: &SignInContext<'_>,
        known: Option<KnownDevice>,
        attempts: FailedAttempts,
    ) -> Result<Screened, BotFilterError> {
        let Some(filter) = &self.captcha else { return Ok(Screened::default()) };
        if known.is_some() || !self.looks_like_guessing(context, attempts).await {
            return Ok(Screened::default());
        }
        filter.throttle.page_sign_in(context).await.map(Screened::by_throttle)
    }

    /// Screens a sign-up on the account page.
    ///
    /// # Errors
    /// [`BotFilterError::Throttled`].
    pub async fn page_sign_up(&self, address: Option<IpAddr>) -> Result<Screened, BotFilterError> {
        match &self.captcha {
            Some(filter) => filter.throttle.sign_up(address).await.map(Screened::by_throttle),
            None => Ok(Screened::default()),
        }
    }

    async fn looks_like_guessing(&self, context: &SignInContext<'_>, attempts: FailedAttempts) -> bool {
        FailedAttempts { address: self.address_failures.recent(context.address).await, ..attempts }.look_like_guessing()
    }

    /// Reports a correct password.
    pub fn record_success(&self, context: &SignInContext<'_>, screened: Screened) {
        self.record(context, screened, Outcome::LoginOk);
    }

    /// Counts a wrong password; a missing account counts the same.
    pub async fn record_wrong_password(&self, context: &SignInContext<'_>, screened: Screened) {
        self.record(context, screened, Outcome::BadPassword);
        self.address_failures.count(context.address).await;
    }

    /// Marks the attempt as decided without a report to captcha-service.
    pub fn mark_decided(&self, screened: Screened) {
        drop(screened.decided());
    }

    fn record(&self, context: &SignInContext<'_>, screened: Screened, outcome: Outcome) {
        let pass_id = screened.decided();
        if let Some(filter) = &self.captcha {
            filter.outcomes.send(OutcomeReport::of(pass_id, outcome, context));
        }
    }

    /// The nonce for a new sign-up form; `None` without a bot filter.
    pub fn sign_up_form(&self) -> Option<Secret> {
        self.captcha.as_ref().and_then(|filter| filter.sign_up_forms.issue(self.clock.now()))
    }

    /// Reads a sign-up form; `None` without a bot filter.
    ///
    /// # Errors
    /// [`InvalidForm`].
    pub fn read_sign_up_form(&self, text: &str) -> Result<Option<SignUpForm>, InvalidForm> {
        let Some(filter) = &self.captcha else { return Ok(None) };
        filter.sign_up_forms.read(text, self.clock.now()).map(Some).ok_or(InvalidForm)
    }
}

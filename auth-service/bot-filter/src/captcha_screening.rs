//! Assessments and passes of captcha-service.

use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contracts::auth::devices::DeviceKind;
use contracts::captcha::Action;
use contracts::captcha::assess::{AssessRiskRequest, AssessRiskResponse, Decision, Platform, Signal};
use contracts::problem::CaptchaRequired;
use limiter_lib::Limiter;
use url::form_urlencoded;

use crate::captcha_client::{CaptchaClient, Pass, PassVerdict};
use crate::local_throttle::LocalThrottle;
use crate::outcomes::{OutcomeQueue, OutcomeSender};
use crate::rejection::BotFilterError;
use crate::screened::Screened;
use crate::sign_in_context::{CaptchaProof, SignInContext};
use crate::sign_up_form::SignUpForms;
use crate::verified_passes::{VerifiedPass, VerifiedPasses};

/// Screening by captcha-service; without it no challenge is required.
pub struct CaptchaScreening {
    pub(crate) client: CaptchaClient,
    page_url: String,
    pub(crate) sign_up_forms: SignUpForms,
    passes: VerifiedPasses,
    pseudonym_key: hmac::Key,
    pub(crate) throttle: LocalThrottle,
    pub(crate) outcomes: OutcomeSender,
}

impl CaptchaScreening {
    /// Creates it with the secret and the limiter shared by all replicas of this installation.
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

    /// Pseudonym of an account: captcha-service can compare accounts, but not identify them.
    fn pseudonym(&self, account: &str) -> String {
        URL_SAFE_NO_PAD.encode(hmac::sign(&self.pseudonym_key, account.as_bytes()))
    }

    /// The request to assess, with which a pass is compared as well.
    pub(crate) fn request(&self, context: &SignInContext<'_>, action: Action, guessing: bool) -> AssessRiskRequest {
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
        // Without the action the page opens nothing, and without the assessment its pass is not for this request.
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("action", action.as_str()).append_pair("assess_id", assess_id.expose());
        let captcha_url = format!("{}?{}", self.page_url, query.finish());
        BotFilterError::Needed(Box::new(CaptchaRequired { assess_id, level, action, captcha_url }))
    }

    /// Redeems the pass of a request; `None` when there is none. With a bad one a challenge is required again, however
    /// harmless the request looks.
    pub(crate) async fn redeem(
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

    pub(crate) fn rejection(&self, assessed: AssessRiskResponse, action: Action) -> BotFilterError {
        match assessed.decision {
            Decision::Allow | Decision::Challenge => self.needed(assessed, action),
            Decision::Deny | Decision::Alternative => BotFilterError::Refused(Duration::from_secs(assessed.expires_in)),
        }
    }

    pub(crate) fn decide(&self, assessed: AssessRiskResponse, action: Action) -> Result<Screened, BotFilterError> {
        match assessed.decision {
            Decision::Allow => Ok(Screened::default()),
            _ => Err(self.rejection(assessed, action)),
        }
    }
}

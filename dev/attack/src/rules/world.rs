//! A captcha-service with a simulated clock.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::Duration,
};

use captcha_service::{
    app,
    config::Settings,
    domain::Challenge,
    flows::{answer::AnswerOutcome, issue::IssueError},
    state::AppState,
};
use clap::Parser;
use contracts::{
    Secret,
    captcha::{
        Action,
        assess::{AssessRiskRequest, Decision, Platform},
        challenges::{IssueChallengeRequest, Modality},
        feedback::{Outcome as SignInOutcome, ReportOutcomeRequest},
        siteverify::SiteVerifyRequest,
    },
};
use futures_util::FutureExt;
use service_kit::{Clock, testing::ManualClock};

use crate::Outcome;

/// The attacked site, and its secret.
const SITE: &str = "tv";
const SITE_SECRET: &str = "the-secret-of-the-site-0123456789";

/// The service and its clock.
pub struct World {
    state: Arc<AppState>,
    clock: Arc<ManualClock>,
    started_at: i64,
}

/// A picture as a client sees it, and its answer.
#[derive(Clone)]
pub struct PictureView {
    pub challenge: String,
    pub picture: String,
    pub level: u8,
    pub spoken: bool,
    pub right_answer: u8,
}

/// Network address and device credential of a client.
#[derive(Clone)]
pub struct Client {
    pub address: IpAddr,
    pub token: Option<Secret>,
}

impl Client {
    /// A new device at the address with this number; 256 numbers are one network.
    pub fn new(address: u32) -> Self {
        Self { address: Ipv4Addr::from_bits(0x0b00_0000 + address).into(), token: None }
    }
}

/// Result of an answer.
pub enum AnswerResult {
    Passed(Secret),
    Again(PictureView),
    Closed(Duration),
}

#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    settings: Settings,
}

impl World {
    pub fn new() -> Outcome<Self> {
        let arguments = [
            "bots",
            "--keys=a-key-of-more-than-thirty-two-characters",
            &format!("--sites={SITE}={SITE_SECRET}"),
            "--service-clients=auth-service=0123456789abcdef0123456789abcdef",
            "--phone-url=https://kino.example/activate",
        ];
        let config = Arguments::parse_from(arguments).settings.check()?;
        let clock = Arc::new(ManualClock::default());
        let app = app::build(config, Arc::clone(&clock) as Arc<dyn Clock>)?;
        let started_at = clock.now().timestamp_millis();
        Ok(Self { state: Arc::clone(app.state()), clock, started_at })
    }

    /// Simulated time since the start.
    pub fn now(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.clock.now().timestamp_millis() - self.started_at).unwrap_or(0))
    }

    pub fn sleep(&self, time: Duration) {
        self.clock.advance(time);
    }

    /// The decision for auth-service, and the id of the assessment.
    pub fn assess(&self, client: &Client, action: Action) -> Outcome<(Decision, Secret)> {
        let request = AssessRiskRequest {
            action,
            device_id: client.token.clone(),
            ip: Some(client.address.to_string()),
            platform: Some(Platform::Tv),
            account_hash: None,
            signals: Vec::new(),
        };
        let assessed = now(self.state.assessments.assess(&request))??;
        Ok((assessed.decision, assessed.id))
    }

    /// Opens a challenge, or returns the wait. A new device gets its credential.
    pub fn open(
        &self,
        client: &mut Client,
        action: Action,
        assessment: Option<Secret>,
        spoken: bool,
    ) -> Outcome<Result<PictureView, Duration>> {
        let request = IssueChallengeRequest {
            sitekey: Some(SITE.to_owned()),
            assess_id: assessment,
            action,
            device_token: client.token.clone(),
            lang: Default::default(),
            contrast: Default::default(),
            modality: if spoken { Modality::Audio } else { Modality::Image },
        };
        match now(self.state.challenges.issue(&request, Some(client.address)))? {
            Ok(issued) => {
                client.token = Some(issued.device_token);
                Ok(Ok(view(&issued.challenge, issued.token.to_text(), issued.picture_id)))
            }
            Err(IssueError::Refused(wait)) => Ok(Err(wait)),
            Err(error) => Err(error.into()),
        }
    }

    pub fn answer(&self, view: &PictureView, answer: u8) -> Outcome<AnswerResult> {
        let result = now(self.state.challenges.answer(&view.challenge, &view.picture, &answer.to_string()))??;
        Ok(match result {
            AnswerOutcome::Passed { token, .. } => AnswerResult::Passed(Secret::new(token)),
            AnswerOutcome::Again { challenge, picture_id, .. } => {
                AnswerResult::Again(self::view(&challenge, view.challenge.clone(), picture_id))
            }
            AnswerOutcome::Closed { wait } => AnswerResult::Closed(wait),
        })
    }

    /// Redeems a pass for this action of this client, and returns the id for reporting its outcome.
    pub fn redeem(&self, pass: &Secret, client: &Client, action: Action) -> Outcome<Option<String>> {
        let request = SiteVerifyRequest {
            secret: Some(Secret::new(SITE_SECRET)),
            response: Some(pass.clone()),
            expect_action: Some(action.as_str().to_owned()),
            expect_device: client.token.clone(),
            ..SiteVerifyRequest::default()
        };
        let verdict = now(self.state.passes.verify(&request))?;
        Ok(if verdict.success { Some(verdict.token_id.unwrap_or_default()) } else { None })
    }

    pub fn report_outcome(&self, pass: &str, outcome: SignInOutcome) -> Outcome<()> {
        let request = ReportOutcomeRequest { token_id: Some(pass.to_owned()), token: None, outcome };
        Ok(now(self.state.passes.report_outcome(&request))??)
    }
}

fn view(challenge: &Challenge, name: String, picture: String) -> PictureView {
    PictureView {
        challenge: name,
        picture,
        level: challenge.level().number(),
        spoken: challenge.presentation().audio,
        right_answer: challenge.right_answer().number(),
    }
}

/// All futures are ready at once: everything is in this process.
fn now<T>(future: impl Future<Output = T>) -> Outcome<T> {
    future.now_or_never().ok_or_else(|| "a future was not ready at once".into())
}

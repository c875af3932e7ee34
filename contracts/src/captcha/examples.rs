//! Examples of all endpoints of captcha-service.

use super::Action;
use super::assess::{AssessRisk, AssessRiskRequest, AssessRiskResponse, Decision, Platform, Signal};
use super::challenges::{
    Alternatives, AnswerChallenge, AnswerChallengeRequest, AnswerChallengeResponse, ChallengePath, Contrast,
    ExtendChallenge, ExtendChallengeRequest, ExtendChallengeResponse, IssueChallenge, IssueChallengeRequest,
    IssueChallengeResponse, Modality, PhoneAlternative, Picture, RefreshChallenge, RefreshChallengeRequest,
    RefreshChallengeResponse,
};
use super::feedback::{Outcome, ReportOutcome, ReportOutcomeRequest};
use super::siteverify::{ErrorCode, SiteVerify, SiteVerifyByQuery, SiteVerifyRequest, SiteVerifyResponse};
use super::status::{GetCaptchaStatus, GetCaptchaStatusResponse, StoreStatus};
use crate::examples::{Example, Examples, world};
use crate::status::{Health, LimitsStatus};
use crate::{Language, NoContent};

/// Hash of Anna's account.
const ACCOUNT: &str = "example-account-hash";
/// The picture on display.
const PICTURE_ID: &str = "example-picture-1";

fn challenge() -> ChallengePath {
    ChallengePath { session: "example-challenge".to_owned() }
}

/// The picture of a round, cut short.
fn picture(id: &str, round: u8) -> Picture {
    Picture {
        picture_id: id.to_owned(),
        image: Some("data:image/png;base64,iVBORw0KGgo=".to_owned()),
        audio: None,
        prompt_key: "sum_in_picture".to_owned(),
        digits: 2,
        round,
        rounds: 3,
        expires_in: 180,
    }
}

impl Examples for AssessRisk {
    fn example() -> Example<Self> {
        let output = AssessRiskResponse {
            decision: Decision::Challenge,
            level: 1,
            risk: 25,
            reasons: vec!["unproven_device".to_owned()],
            assess_id: world::secret("assessment"),
            expires_in: 300,
            degraded: false,
        };
        Example::new("new_device", "A sign-up from a device that is not known", output).body(AssessRiskRequest {
            action: Action::SignUp,
            device_id: Some(world::secret("captcha-device-token")),
            ip: Some(world::ADDRESS.to_owned()),
            platform: Some(Platform::Tv),
            account_hash: Some(ACCOUNT.to_owned()),
            signals: vec![Signal::FailedTries],
        })
    }
}

impl Examples for IssueChallenge {
    fn example() -> Example<Self> {
        let output = IssueChallengeResponse {
            session: challenge().session,
            picture: picture(PICTURE_ID, 1),
            needed: 1,
            refreshes: 3,
            extension: 180,
            device_token: world::secret("captcha-device-token"),
            alternatives: Alternatives {
                phone: Some(PhoneAlternative { url: "https://m.example/tv".to_owned(), code: None }),
                modalities: vec![Modality::Image, Modality::Audio],
            },
        };
        Example::new("sign_up_on_a_tv", "A challenge before a sign-up", output).body(IssueChallengeRequest {
            assess_id: Some(world::secret("assessment")),
            sitekey: None,
            action: Action::SignUp,
            device_token: Some(world::secret("captcha-device-token")),
            lang: Language::En,
            contrast: Contrast::Normal,
            modality: Modality::Image,
        })
    }
}

fn answer(text: &str) -> AnswerChallengeRequest {
    AnswerChallengeRequest { picture_id: PICTURE_ID.to_owned(), answer: text.to_owned() }
}

impl Examples for AnswerChallenge {
    fn example() -> Example<Self> {
        let output = AnswerChallengeResponse::Passed { token: world::secret("captcha-pass"), expires_in: 300 };
        Example::new("correct", "A correct answer", output).path(challenge()).body(answer("42"))
    }

    fn more() -> Vec<Example<Self>> {
        let again = AnswerChallengeResponse::Again(picture("example-picture-2", 2));
        let closed = AnswerChallengeResponse::Closed { wait_s: 30 };
        vec![
            Example::new("next_picture", "Another picture", again).path(challenge()).body(answer("41")),
            Example::new("over", "The last picture was answered", closed).path(challenge()).body(answer("17")),
        ]
    }
}

impl Examples for RefreshChallenge {
    fn example() -> Example<Self> {
        let output = RefreshChallengeResponse { picture: picture("example-picture-2", 1), refreshes: 2, needed: 1 };
        Example::new("unreadable", "Another picture of the same round", output)
            .path(challenge())
            .body(RefreshChallengeRequest { picture_id: PICTURE_ID.to_owned(), modality: None })
    }
}

impl Examples for ExtendChallenge {
    fn example() -> Example<Self> {
        let output = ExtendChallengeResponse { picture_id: PICTURE_ID.to_owned(), expires_in: 240 };
        Example::new("more_time", "The same picture with more time", output)
            .path(challenge())
            .body(ExtendChallengeRequest { picture_id: PICTURE_ID.to_owned() })
    }
}

fn verification() -> SiteVerifyRequest {
    SiteVerifyRequest {
        secret: Some(world::secret("site-secret")),
        response: Some(world::secret("captcha-pass")),
        remoteip: Some(world::ADDRESS.to_owned()),
        expect_action: Some(Action::SignUp.as_str().to_owned()),
        ..SiteVerifyRequest::default()
    }
}

fn verified() -> SiteVerifyResponse {
    SiteVerifyResponse {
        success: true,
        challenge_ts: Some(world::at("2026-03-01T18:19:30Z")),
        hostname: Some("marquee".to_owned()),
        action: Some(Action::SignUp),
        score: Some(0.75),
        score_reason: vec!["unproven_device".to_owned()],
        token_id: Some("example-token-id".to_owned()),
        ..SiteVerifyResponse::default()
    }
}

fn used_up() -> SiteVerifyResponse {
    SiteVerifyResponse { error_codes: vec![ErrorCode::TimeoutOrDuplicate], ..SiteVerifyResponse::default() }
}

impl Examples for SiteVerify {
    fn example() -> Example<Self> {
        Example::new("accepted", "A valid pass", verified()).body(verification())
    }

    fn more() -> Vec<Example<Self>> {
        vec![Example::new("used_up", "A pass that was used before", used_up()).body(verification())]
    }
}

impl Examples for SiteVerifyByQuery {
    fn example() -> Example<Self> {
        Example::new("accepted", "A valid pass", verified()).query(verification())
    }
}

impl Examples for ReportOutcome {
    fn example() -> Example<Self> {
        Example::new("signed_in", "The user with this pass signed in", NoContent {}).body(ReportOutcomeRequest {
            token_id: Some("example-token-id".to_owned()),
            token: None,
            outcome: Outcome::LoginOk,
        })
    }
}

impl Examples for GetCaptchaStatus {
    fn example() -> Example<Self> {
        let output = GetCaptchaStatusResponse {
            status: Health::Pass,
            version: world::VERSION.to_owned(),
            store: StoreStatus { status: Health::Pass, shared: true, degraded: false },
            limits: LimitsStatus { status: Health::Pass, shared: true, degraded: false },
        };
        Example::new("healthy", "All parts work", output)
    }
}

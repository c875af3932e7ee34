//! Challenges: sums in one to three pictures, one answer each.

use std::time::Duration;

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Action;
pub use crate::challenge::PhoneAlternative;
use crate::endpoint::{Auth, BodyFormat, Endpoint, Method, Nothing};
use crate::problem::Code;
use crate::{Language, Secret, codes};

/// `POST /api/v1/captcha/challenges`
pub struct IssueChallenge;

impl Endpoint for IssueChallenge {
    const ID: &'static str = "issue_challenge";
    const SUMMARY: &'static str = "Opens a session and draws its first picture.";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/captcha/challenges";
    const SUCCESS: u16 = 201;
    const BODY: BodyFormat = BodyFormat::Json;
    const AUTH: Auth = Auth::Public;
    const DEADLINE: Duration = Duration::from_secs(5);
    const MAX_BODY: usize = 8 * 1024;
    const ERRORS: &'static [&'static Code] = &[
        codes::CAPTCHA_UNKNOWN_SITE,
        codes::CAPTCHA_ASSESSMENT_INVALID,
        codes::CAPTCHA_REFUSED,
        codes::CHALLENGES_UNAVAILABLE,
    ];
    type Path = Nothing;
    type Query = Nothing;
    type Body = IssueChallengeRequest;
    type Output = IssueChallengeResponse;
}

/// Purpose and preferences of a challenge.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct IssueChallengeRequest {
    /// From `assess_risk`; it holds the level. Without it the pass is rejected by every service that compares the facts
    /// of its assessment.
    #[garde(length(chars, min = 1, max = 512))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assess_id: Option<Secret>,
    /// The site of the pass; optional where there is one site.
    #[garde(length(chars, min = 1, max = 64))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sitekey: Option<String>,
    /// Purpose of the pass.
    #[garde(skip)]
    pub action: Action,
    /// From an earlier response. Without it, or with an unknown one, the device counts as new.
    #[garde(length(chars, min = 1, max = 512))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_token: Option<Secret>,
    /// Language of recordings.
    #[garde(skip)]
    #[serde(default)]
    pub lang: Language,
    /// Colours of the picture.
    #[garde(skip)]
    #[serde(default)]
    pub contrast: Contrast,
    /// Visual or audible sum; a picture where no spoken ones are left today.
    #[garde(skip)]
    #[serde(default)]
    pub modality: Modality,
}

/// Colours of a picture.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Contrast {
    /// Black on white.
    #[default]
    Normal,
    /// White on black.
    Inverted,
}

/// Presentation of a sum.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Modality {
    /// A picture (PNG).
    #[default]
    Image,
    /// A recording (WAV).
    Audio,
}

/// A session and its first picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IssueChallengeResponse {
    /// Ways besides the picture; offer the phone first.
    pub alternatives: Alternatives,
    /// Identifies the session in the paths of the other calls.
    pub session: String,
    /// The first picture.
    #[serde(flatten)]
    pub picture: Picture,
    /// Correct answers in a row that are needed: 1, and 2 at the highest level or for spoken sums from level 2 on.
    pub needed: u8,
    /// Remaining refreshes.
    pub refreshes: u8,
    /// Seconds that a single `extend_challenge` adds.
    pub extension: u64,
    /// Keep it and send it with sign-ins and the next challenge. It carries no trust by itself: a right answer does.
    pub device_token: Secret,
}

/// A sum as a picture or a recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Picture {
    /// Sent with the answer. At most 200 characters of A-Z, a-z, 0-9, `-` and `_`.
    pub picture_id: String,
    /// The picture as a `data:image/png;base64,…` URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// The recording as a `data:audio/wav;base64,…` URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audio: Option<String>,
    /// Key of the text to show and read aloud beside it: `sum_in_picture` or `sum_in_audio`.
    pub prompt_key: String,
    /// Number of digits of every answer.
    pub digits: u8,
    /// Number of the next answer in this session, from 1.
    pub round: u8,
    /// Answers of this session: fewer for a device without an earlier correct one.
    pub rounds: u8,
    /// Seconds until the session ends.
    pub expires_in: u64,
}

/// Alternatives to the picture.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Alternatives {
    /// Continue on a phone, where the operator offers it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<PhoneAlternative>,
    /// Available modalities.
    pub modalities: Vec<Modality>,
}

/// A session, in the path.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ChallengePath {
    /// From `issue_challenge`.
    pub session: String,
}

/// `POST /api/v1/captcha/challenges/{session}/answer`
pub struct AnswerChallenge;

impl Endpoint for AnswerChallenge {
    const ID: &'static str = "answer_challenge";
    const SUMMARY: &'static str = "Answers a picture; each picture takes one answer.";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/captcha/challenges/{session}/answer";
    const BODY: BodyFormat = BodyFormat::Json;
    const AUTH: Auth = Auth::Public;
    const DEADLINE: Duration = Duration::from_secs(5);
    const MAX_BODY: usize = 4 * 1024;
    const ERRORS: &'static [&'static Code] = &[codes::CHALLENGES_UNAVAILABLE];
    type Path = ChallengePath;
    type Query = Nothing;
    type Body = AnswerChallengeRequest;
    type Output = AnswerChallengeResponse;
}

/// An answer.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct AnswerChallengeRequest {
    /// The picture.
    #[garde(length(chars, max = 512))]
    pub picture_id: String,
    /// Two digits. Anything else is a wrong answer.
    #[garde(length(chars, max = 64))]
    pub answer: String,
}

/// Result of an answer. A failed answer carries no reason: wrong, late, early, repeated and unknown pictures all look
/// the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum AnswerChallengeResponse {
    /// Correct.
    Passed {
        /// The pass: single use, for the action and site of the challenge. Send it to the service that requires it.
        token: Secret,
        /// Validity in seconds.
        expires_in: u64,
    },
    /// Another picture has to be answered.
    Again(Picture),
    /// The session is over.
    Closed {
        /// Seconds until the next one may be issued.
        wait_s: u64,
    },
}

/// `POST /api/v1/captcha/challenges/{session}/refresh`
pub struct RefreshChallenge;

impl Endpoint for RefreshChallenge {
    const ID: &'static str = "refresh_challenge";
    const SUMMARY: &'static str = "Draws another picture in place of an unreadable one.";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/captcha/challenges/{session}/refresh";
    const BODY: BodyFormat = BodyFormat::Json;
    const AUTH: Auth = Auth::Public;
    const DEADLINE: Duration = Duration::from_secs(5);
    const MAX_BODY: usize = 4 * 1024;
    const ERRORS: &'static [&'static Code] =
        &[codes::CAPTCHA_SESSION_OVER, codes::CAPTCHA_USED_UP, codes::CHALLENGES_UNAVAILABLE];
    type Path = ChallengePath;
    type Query = Nothing;
    type Body = RefreshChallengeRequest;
    type Output = RefreshChallengeResponse;
}

/// The picture to replace.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RefreshChallengeRequest {
    /// The picture.
    #[garde(length(chars, max = 512))]
    pub picture_id: String,
    /// Another modality than before.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modality: Option<Modality>,
}

/// The new picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RefreshChallengeResponse {
    /// The picture, of the same round.
    #[serde(flatten)]
    pub picture: Picture,
    /// Remaining refreshes.
    pub refreshes: u8,
    /// Correct answers in a row that are needed from now on.
    pub needed: u8,
}

/// `POST /api/v1/captcha/challenges/{session}/extend`
pub struct ExtendChallenge;

impl Endpoint for ExtendChallenge {
    const ID: &'static str = "extend_challenge";
    const SUMMARY: &'static str = "Extends a session, once.";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/captcha/challenges/{session}/extend";
    const BODY: BodyFormat = BodyFormat::Json;
    const AUTH: Auth = Auth::Public;
    const MAX_BODY: usize = 4 * 1024;
    const ERRORS: &'static [&'static Code] =
        &[codes::CAPTCHA_SESSION_OVER, codes::CAPTCHA_USED_UP, codes::CHALLENGES_UNAVAILABLE];
    type Path = ChallengePath;
    type Query = Nothing;
    type Body = ExtendChallengeRequest;
    type Output = ExtendChallengeResponse;
}

/// The picture on display.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ExtendChallengeRequest {
    /// The picture.
    #[garde(length(chars, max = 512))]
    pub picture_id: String,
}

/// The same picture with more time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExtendChallengeResponse {
    /// Id of the picture from now on; it may have changed.
    pub picture_id: String,
    /// Seconds until the session ends.
    pub expires_in: u64,
}

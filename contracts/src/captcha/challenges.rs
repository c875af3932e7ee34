//! Challenges: a sum in a picture, up to three pictures, one answer each.

use std::time::Duration;

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Action;
use crate::endpoint::{Auth, BodyFormat, Endpoint, Method, Nothing};
use crate::problem::Code;
use crate::{Secret, codes};

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

/// What is wanted, and by whom.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct IssueChallengeRequest {
    /// From `assess_risk`, when a service has asked there; it holds the level. The pass of a challenge without it is good for
    /// no service that compares what it asked for.
    #[garde(inner(length(bytes, min = 1, max = 512)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assess_id: Option<Secret>,
    /// The site that the pass is for; may be left out where there is one site.
    #[garde(inner(length(bytes, min = 1, max = 64)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sitekey: Option<String>,
    /// What the pass is for.
    #[garde(skip)]
    pub action: Action,
    /// From an earlier answer. Without it, or with one that is not ours, the device is a new one.
    #[garde(inner(length(bytes, min = 1, max = 512)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_token: Option<Secret>,
    /// Language of what is spoken.
    #[garde(skip)]
    #[serde(default)]
    pub lang: Language,
    /// Colours of the picture.
    #[garde(skip)]
    #[serde(default)]
    pub contrast: Contrast,
    /// Whether the sum is seen or heard.
    #[garde(skip)]
    #[serde(default)]
    pub modality: Modality,
}

/// A language that sums are spoken in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// Russian.
    #[default]
    Ru,
    /// English.
    En,
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

/// How a sum is put.
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
    /// Names the session in the paths of the other calls.
    pub session: String,
    /// The first picture.
    #[serde(flatten)]
    pub picture: Picture,
    /// How many right answers in a row it takes: 1, and 2 at the highest level.
    pub needed: u8,
    /// How often another picture may be asked for.
    pub refreshes: u8,
    /// How many seconds a single `extend_challenge` would add.
    pub extension: u64,
    /// Keep it and send it with sign-ins and the next challenge. It carries no trust by itself: a right answer does.
    pub device_token: Secret,
    /// Other ways in.
    pub alternatives: Alternatives,
}

/// A sum, seen or heard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Picture {
    /// Goes with the answer. At most 200 characters of A-Z, a-z, 0-9, `-` and `_`.
    pub picture_id: String,
    /// The picture as a `data:image/png;base64,…` URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// The recording as a `data:audio/wav;base64,…` URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audio: Option<String>,
    /// Which text to show and read aloud beside it: `sum_in_picture` or `sum_in_audio`.
    pub prompt_key: String,
    /// How many digits every answer has.
    pub digits: u8,
    /// Which answer of this session is due, from 1 on.
    pub round: u8,
    /// How many answers a session has.
    pub rounds: u8,
    /// After how many seconds the session ends.
    pub expires_in: u64,
}

/// Other ways in than the picture.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Alternatives {
    /// Going on with a phone, where the operator offers it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<PhoneAlternative>,
    /// Modalities that may be asked for.
    pub modalities: Vec<Modality>,
}

/// A page for the phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PhoneAlternative {
    /// Its address; short enough for a QR code.
    pub url: String,
    /// What to type there, where the page asks for something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// Which session.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ChallengePath {
    /// As `issue_challenge` named it.
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
    #[garde(length(bytes, max = 512))]
    pub picture_id: String,
    /// Two digits. Anything else is a wrong answer.
    #[garde(length(bytes, max = 64))]
    pub answer: String,
}

/// What became of an answer. Of an answer that did not pass nothing is told: wrong, too late, too early, given before or
/// for a picture that never was all read the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum AnswerChallengeResponse {
    /// Right.
    Passed {
        /// The pass: works once, for the action and site of the challenge. Give it to the service that asked for it.
        token: Secret,
        /// For how many seconds it works.
        expires_in: u64,
    },
    /// Another picture has to be answered.
    Again(Picture),
    /// The session is over.
    Closed {
        /// How many seconds to wait before the next one.
        wait_s: u64,
    },
}

/// `POST /api/v1/captcha/challenges/{session}/refresh`
pub struct RefreshChallenge;

impl Endpoint for RefreshChallenge {
    const ID: &'static str = "refresh_challenge";
    const SUMMARY: &'static str = "Draws another picture in the place of one that cannot be read.";
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

/// Which picture is to be replaced, and by what.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RefreshChallengeRequest {
    /// The picture.
    #[garde(length(bytes, max = 512))]
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
    /// How often this may be asked for again.
    pub refreshes: u8,
}

/// `POST /api/v1/captcha/challenges/{session}/extend`
pub struct ExtendChallenge;

impl Endpoint for ExtendChallenge {
    const ID: &'static str = "extend_challenge";
    const SUMMARY: &'static str = "Gives a session more time, once.";
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

/// The picture that is being looked at.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ExtendChallengeRequest {
    /// The picture.
    #[garde(length(bytes, max = 512))]
    pub picture_id: String,
}

/// The same picture with more time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExtendChallengeResponse {
    /// The name of the picture from now on; it may be another than before.
    pub picture_id: String,
    /// After how many seconds the session ends.
    pub expires_in: u64,
}

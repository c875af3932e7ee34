//! An example of each problem.

use super::world;
use crate::challenge::{Action, CaptchaRequired, PhoneAlternative};
use crate::codes;
use crate::error_format::ErrorFormat;
use crate::problem::{Code, FieldError, Problem};

/// A problem with this code, with the members that it usually has in this format.
pub fn problem(code: &Code, format: ErrorFormat) -> Problem {
    let is = |other: &Code| code.code == other.code;
    let waits = code.status == 429 || code.status == 503;
    Problem {
        type_uri: code.type_uri(),
        title: code.title.to_owned(),
        status: format.status(code),
        detail: detail(code).map(str::to_owned),
        code: code.code.to_owned(),
        request_id: world::REQUEST_ID.to_owned(),
        errors: if is(codes::INVALID_FIELDS) { vec![missing_field()] } else { Vec::new() },
        retry_after_ms: waits.then_some(1000),
        violated_policies: if is(codes::RATE_LIMITED) { vec!["search".to_owned()] } else { Vec::new() },
        captcha: is(codes::CAPTCHA_REQUIRED).then(captcha_required),
        phone: is(codes::CAPTCHA_REFUSED).then(phone),
        claimed: is(codes::DEVICE_PENDING).then_some(false),
        oauth: format.members(code, detail(code).unwrap_or(code.title)),
    }
}

/// Explanations of problems whose title leaves something open.
fn detail(code: &Code) -> Option<&'static str> {
    let details = [
        (codes::MALFORMED_JSON, "expected `,` or `}` at line 1 column 31"),
        (codes::INVALID_QUERY, "unknown field `pagesize`"),
        (codes::INVALID_PATH, "film_id: not a UUID"),
        (codes::UNSUPPORTED_MEDIA_TYPE, "send application/json"),
        (codes::BODY_TOO_LARGE, "the body may have 65536 bytes"),
        (codes::FORBIDDEN, "this takes role editor"),
    ];
    details.into_iter().find(|(known, _)| known.code == code.code).map(|(_, detail)| detail)
}

fn missing_field() -> FieldError {
    FieldError {
        pointer: "/email".to_owned(),
        code: "missing_field".to_owned(),
        detail: "missing field `email`".to_owned(),
    }
}

fn captcha_required() -> CaptchaRequired {
    CaptchaRequired {
        assess_id: world::secret("assessment"),
        level: 1,
        action: Action::SignUp,
        captcha_url: "https://captcha.example/tv?action=sign_up&assess_id=example-assessment".to_owned(),
    }
}

fn phone() -> PhoneAlternative {
    PhoneAlternative { url: "https://kino.example/activate".to_owned(), code: None }
}

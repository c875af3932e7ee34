//! Errors of OAuth: the problem document of all other paths with the members of RFC 6749 §5.2 and RFC 6750 §3.1 besides,
//! as `application/json`. Libraries of OAuth read the same answer as generated clients.

use crate::codes;
use crate::problem::{CONTENT_TYPE, Code, OAuthError};

/// Beginning of all paths with errors of OAuth.
const PREFIX: &str = "/oauth2/";

/// Codes of grants that are not valid.
const INVALID_GRANTS: &[&Code] = &[
    codes::REFRESH_TOKEN_INVALID,
    codes::REFRESH_TOKEN_REPLAYED,
    codes::TOKEN_OF_ANOTHER_CLIENT,
    codes::DEVICE_CODE_INVALID,
    codes::AUTHORIZATION_CODE_INVALID,
];

/// Form of the errors of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorFormat {
    /// A problem document (RFC 9457).
    Problem,
    /// The same with the members of [`OAuthError`].
    OAuth,
}

impl ErrorFormat {
    /// The form at this path.
    pub fn of(path: &str) -> Self {
        if path.starts_with(PREFIX) { Self::OAuth } else { Self::Problem }
    }

    /// Media type of the body.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Problem => CONTENT_TYPE,
            Self::OAuth => "application/json",
        }
    }

    /// Status of the response: that of the code, or 400 where RFC 6749 §5.2 says so.
    pub fn status(self, code: &Code) -> u16 {
        let is_bad_request = code.status == 422 || INVALID_GRANTS.contains(&code);
        if self == Self::OAuth && is_bad_request { 400 } else { code.status }
    }

    /// The members, with `text` as the description.
    pub fn members(self, code: &Code, text: &str) -> Option<OAuthError> {
        let description = || text.chars().map(described).collect();
        (self == Self::OAuth).then(|| OAuthError { error: name(code).to_owned(), error_description: description() })
    }
}

/// Name of an error in RFC 6749 §4.1.2.1 and §5.2, RFC 6750 §3.1, RFC 7009 §2.2.1, RFC 8628 §3.5 and RFC 8707 §2.
fn name(code: &Code) -> &'static str {
    let is = |other: &[&Code]| other.contains(&code);
    match code.status {
        _ if is(&[codes::CLIENT_REJECTED]) => "invalid_client",
        _ if is(INVALID_GRANTS) => "invalid_grant",
        _ if is(&[codes::GRANT_UNSUPPORTED]) => "unsupported_grant_type",
        _ if is(&[codes::GRANT_NOT_ALLOWED]) => "unauthorized_client",
        _ if is(&[codes::TOKEN_NOT_REVOCABLE]) => "unsupported_token_type",
        _ if is(&[codes::SCOPE_INVALID]) => "invalid_scope",
        _ if is(&[codes::RESOURCE_INVALID]) => "invalid_target",
        _ if is(&[codes::DEVICE_PENDING]) => "authorization_pending",
        _ if is(&[codes::DEVICE_POLLS_TOO_FAST]) => "slow_down",
        _ if is(&[codes::DEVICE_DENIED]) => "access_denied",
        _ if is(&[codes::DEVICE_CODE_EXPIRED]) => "expired_token",
        401 => "invalid_token",
        403 => "insufficient_scope",
        429 | 502..=504 => "temporarily_unavailable",
        500.. => "server_error",
        _ => "invalid_request",
    }
}

/// RFC 6749 §5.2 allows neither quotes nor letters beyond ASCII.
fn described(character: char) -> char {
    match character {
        '"' => '\'',
        ' '..='~' if character != '\\' => character,
        _ => '?',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_have_only_what_the_standard_allows() {
        let members = ErrorFormat::OAuth.members(codes::BAD_REQUEST, "a \"b\" \\ `c` д\n").expect("the words of OAuth");
        assert_eq!(members.error_description, "a 'b' ? `c` ??");
        assert_eq!(ErrorFormat::of("/oauth2").members(codes::BAD_REQUEST, ""), None);
    }
}

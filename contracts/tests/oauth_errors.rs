//! Errors below `/oauth2/` in the words of OAuth.

use contracts::codes;
use contracts::endpoint::EndpointInfo;
use contracts::error_format::ErrorFormat;

/// Statuses and names of RFC 6749 §5.2, RFC 6750 §3.1, RFC 7009 §2.2.1, RFC 8628 §3.5 and RFC 8707 §2.
const NAMES: [(u16, &str); 17] = [
    (400, "authorization_pending"),
    (400, "slow_down"),
    (400, "access_denied"),
    (400, "expired_token"),
    (400, "invalid_request"),
    (400, "invalid_grant"),
    (400, "invalid_scope"),
    (400, "invalid_target"),
    (400, "unauthorized_client"),
    (400, "unsupported_grant_type"),
    (400, "unsupported_token_type"),
    (401, "invalid_client"),
    (401, "invalid_token"),
    (403, "insufficient_scope"),
    (429, "temporarily_unavailable"),
    (500, "server_error"),
    (503, "temporarily_unavailable"),
];

fn endpoints() -> impl Iterator<Item = &'static EndpointInfo> {
    contracts::auth::ENDPOINTS.iter().filter(|info| ErrorFormat::of(info.path) == ErrorFormat::OAuth)
}

#[test]
fn every_error_of_an_oauth_operation_has_a_name_and_a_status_of_the_standards() {
    assert!(endpoints().count() >= 4);
    for info in endpoints() {
        for code in codes::ALL.iter().filter(|code| info.may_answer(code)) {
            let members = ErrorFormat::OAuth.members(code, code.title).expect("the words of OAuth");
            let found = (ErrorFormat::OAuth.status(code), members.error.as_str());
            let is_of_http = found.1 == "invalid_request" && (404..=428).contains(&found.0);
            assert!(NAMES.contains(&found) || is_of_http, "{}: {}: {found:?}", info.id, code.code);
        }
    }
}

#[test]
fn errors_elsewhere_have_the_status_of_their_code_and_no_name_of_oauth() {
    for code in codes::ALL {
        assert_eq!(ErrorFormat::of("/api/v1/me").status(code), code.status);
        assert_eq!(ErrorFormat::of("/oauth2").members(code, code.title), None);
    }
}

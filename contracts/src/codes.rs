//! The catalogue of problem codes.

use crate::endpoint::{Auth, EndpointInfo};
use crate::problem::Code;

macro_rules! catalogue {
    ($($name:ident = $status:literal $code:literal $title:literal;)*) => {
        $(
            #[doc = concat!("`", $code, "`, ", stringify!($status), ": ", $title, ".")]
            pub const $name: &Code = &Code { code: $code, status: $status, title: $title };
        )*
        /// All codes.
        pub const ALL: &[&Code] = &[$($name),*];
    };
}

catalogue! {
    // Before a handler, or in any of them.
    BAD_REQUEST = 400 "request.malformed" "The request could not be read";
    REQUEST_ID_MISSING = 400 "request.id_missing" "A well-formed request id is needed here";
    MALFORMED_JSON = 400 "request.malformed_json" "The body is not valid JSON";
    MALFORMED_FORM = 400 "request.malformed_form" "The body is not a valid form";
    INVALID_QUERY = 400 "request.invalid_query" "A query parameter is not acceptable";
    INVALID_PATH = 400 "request.invalid_path" "A path parameter is not acceptable";
    INVALID_FIELDS = 422 "request.invalid_fields" "A field of the request is not acceptable";
    NO_SUCH_ROUTE = 404 "request.no_such_route" "There is nothing at this path";
    METHOD_NOT_ALLOWED = 405 "request.method_not_allowed" "This path does not take this verb";
    REQUEST_TIMEOUT = 408 "request.timeout" "The request did not arrive in time";
    PRECONDITION_FAILED = 412 "request.precondition_failed" "A precondition of this request does not hold";
    BODY_TOO_LARGE = 413 "request.body_too_large" "The body is larger than this path takes";
    UNSUPPORTED_MEDIA_TYPE = 415 "request.unsupported_media_type" "This path takes another content type";
    PRECONDITION_REQUIRED = 428 "request.precondition_required" "The version to change must be given";
    RATE_LIMITED = 429 "request.rate_limited" "Too many requests; a limit is used up";
    INTERNAL = 500 "server.internal" "Something failed on our side";
    UNAVAILABLE = 503 "server.unavailable" "A part this answer needs is not available";
    SHUTTING_DOWN = 503 "server.shutting_down" "This server is shutting down";

    // Before the request is routed to an endpoint.
    URI_TOO_LONG = 414 "request.uri_too_long" "The request target is longer than this server takes";
    TOO_MANY_CONNECTIONS = 429 "request.too_many_connections" "Too many connections from one address";
    HEADERS_TOO_LARGE = 431 "request.headers_too_large" "The header fields are larger than this server takes";

    // Only from the proxy in front, for a service that does not respond.
    GATEWAY_UNREACHABLE = 502 "gateway.unreachable" "The service behind this path cannot be reached";
    GATEWAY_TIMEOUT = 504 "gateway.timeout" "The service behind this path did not answer in time";

    // Authentication and authorization.
    TOKEN_MISSING = 401 "auth.token_missing" "An access token is needed";
    TOKEN_INVALID = 401 "auth.token_invalid" "The access token is not valid";
    FORBIDDEN = 403 "auth.forbidden" "This account may not do that";
    AUTH_UNAVAILABLE = 503 "auth.unavailable" "The access token cannot be checked right now";
    CLIENT_REJECTED = 401 "auth.client_rejected" "The client's credentials are wrong";

    // Accounts.
    EMAIL_TAKEN = 409 "auth.email_taken" "There is an account with this e-mail already";
    EMAIL_CLAIMED = 409 "auth.email_claimed" "Another account claims this e-mail without a proof";
    EMAIL_PROVED = 409 "auth.email_proved" "This e-mail is proved already";
    CODE_INVALID = 400 "auth.code_invalid" "The code is not valid";
    PASSWORD_TOO_COMMON = 422 "auth.password_too_common" "This password is on the list of common passwords";
    WRONG_CREDENTIALS = 401 "auth.wrong_credentials" "Wrong e-mail or password";
    REFRESH_TOKEN_INVALID = 401 "auth.refresh_token_invalid" "The refresh token is not valid";
    REFRESH_TOKEN_REPLAYED = 401 "auth.refresh_token_replayed" "The refresh token was used before; the session has been ended";
    HASHING_BUSY = 503 "auth.busy" "Too many sign-ins at the moment";
    WRONG_PASSWORD = 403 "auth.wrong_password" "The current password is another one";
    NO_PASSWORD = 409 "auth.no_password" "This account has no password yet";
    SESSION_NOT_FOUND = 404 "auth.session_not_found" "There is no such session of this account";
    BIRTH_DATE_GIVEN = 409 "auth.birth_date_given" "The birth date is set already and cannot be changed";
    INVALID_SIGN_INS_CURSOR = 400 "auth.invalid_cursor" "The cursor does not belong to this list";
    NO_EMAIL = 409 "auth.no_email" "This account has no e-mail";
    USER_NOT_FOUND = 404 "auth.user_not_found" "There is no such user";
    ROLE_NOT_FOUND = 404 "auth.role_not_found" "There is no such role";
    ROLE_TAKEN = 409 "auth.role_taken" "There is a role with this name already";
    SYSTEM_ROLE = 409 "auth.system_role" "Roles of the installation cannot be changed";
    EMAIL_UNPROVED = 409 "auth.email_unproved" "The account has no proved e-mail";
    TOO_MANY_ROLES = 409 "auth.too_many_roles" "The maximum number of roles has been reached";
    PERMISSION_NOT_FOUND = 404 "auth.permission_not_found" "There is no such permission";
    LAST_ADMIN = 409 "auth.last_admin" "No other active account may manage roles";
    CAPTCHA_REQUIRED = 403 "auth.captcha_required" "A challenge must be passed first; retry with its pass";
    CAPTCHA_UNAVAILABLE = 503 "auth.captcha_unavailable" "Challenges are unavailable, and this request requires one";
    CLIENT_NOT_FOUND = 404 "auth.client_not_found" "There is no such OAuth client";
    CLIENT_TAKEN = 409 "auth.client_taken" "There is an OAuth client with this id already";
    CLIENT_OF_FILE = 409 "auth.client_of_file" "OAuth clients of the installation cannot be changed";
    TOO_MANY_CLIENTS = 409 "auth.too_many_clients" "The maximum number of OAuth clients has been reached";
    DEVICE_PENDING = 400 "auth.device_pending" "Nobody has decided about this device yet";
    DEVICE_POLLS_TOO_FAST = 400 "auth.device_polls_too_fast" "The device asks too often";
    DEVICE_DENIED = 400 "auth.device_denied" "The device was refused";
    DEVICE_CODE_EXPIRED = 400 "auth.device_code_expired" "The code of the device has expired";
    DEVICE_CODE_INVALID = 400 "auth.device_code_invalid" "The code of the device is not valid";
    TOO_MANY_DEVICE_CODES = 503 "auth.too_many_device_codes" "Too many devices wait for a decision";
    AUTHORIZATION_CODE_INVALID = 400 "auth.authorization_code_invalid" "The authorization code is not valid";
    SCOPE_MISSING = 403 "auth.scope_missing" "This requires a token with another scope";
    GRANT_UNSUPPORTED = 400 "auth.grant_unsupported" "There is no such grant here";
    GRANT_NOT_ALLOWED = 400 "auth.grant_not_allowed" "This client may not use this grant";
    SCOPE_INVALID = 400 "auth.scope_invalid" "The scope is unknown or wider than before";
    RESOURCE_INVALID = 400 "auth.resource_invalid" "The client may not ask for this resource";
    TOKEN_OF_ANOTHER_CLIENT = 400 "auth.token_of_another_client" "The token was issued to another client";
    TOKEN_NOT_REVOCABLE = 400 "auth.token_not_revocable" "A token of a client itself ends by itself, not earlier";
    SESSION_NOT_FRESH = 403 "auth.session_not_fresh" "This requires a recent sign-in";
    EXPORTED_RECENTLY = 429 "auth.exported_recently" "The account was exported within a day";

    // Social accounts.
    PROVIDER_NOT_FOUND = 404 "social.provider_not_found" "No such provider is offered here";
    NO_APP_REDIRECT = 404 "social.no_app_redirect" "Apps cannot sign in with providers here";
    SOCIAL_TICKET_INVALID = 400 "social.ticket_invalid" "The callback does not belong to a sign-in started here";
    SOCIAL_CANCELLED = 400 "social.cancelled" "The person did not agree at the provider";
    SOCIAL_REFUSED = 400 "social.refused" "The provider refused this sign-in";
    SOCIAL_EMAIL_TAKEN = 409 "social.email_taken" "There is an account with this e-mail; sign in to it, then link";
    SOCIAL_ACCOUNT_TAKEN = 409 "social.account_taken" "This social account is linked to another account";
    TOO_MANY_SOCIAL_ACCOUNTS = 409 "social.too_many_accounts" "The account has reached its maximum of social accounts";
    SOCIAL_ACCOUNT_NOT_FOUND = 404 "social.account_not_found" "No such social account is linked";
    LAST_WAY_IN = 409 "social.last_way_in" "This is the account's only sign-in method";
    ACCOUNT_DISABLED = 403 "auth.account_disabled" "This account is closed";
    PASSWORD_SET = 409 "auth.password_set" "This account has a password already";
    PROVIDER_FAILED = 502 "social.provider_failed" "The provider's response is not acceptable";
    PROVIDER_UNAVAILABLE = 503 "social.provider_unavailable" "The provider does not answer";

    // Pages for browsers.
    FORM_REFUSED = 403 "page.form_refused" "This form did not come from a page of ours, or is too old";

    // Challenges.
    CAPTCHA_UNKNOWN_SITE = 404 "captcha.unknown_site" "There is no such site";
    CAPTCHA_ASSESSMENT_INVALID = 400 "captcha.assessment_invalid" "This assessment is too old, not ours or for something else";
    CAPTCHA_REFUSED = 429 "captcha.refused" "No challenge is issued now; wait, or use an alternative";
    CAPTCHA_SESSION_OVER = 410 "captcha.session_over" "This session is over";
    CAPTCHA_USED_UP = 409 "captcha.used_up" "The session has none of these left";
    CHALLENGES_UNAVAILABLE = 503 "captcha.unavailable" "Challenges cannot be issued or verified right now";

    // The catalogue.
    FILM_NOT_FOUND = 404 "movies.film_not_found" "There is no such film";
    PERSON_NOT_FOUND = 404 "movies.person_not_found" "There is no such person";
    GENRE_NOT_FOUND = 404 "movies.genre_not_found" "There is no such genre";
    INVALID_CURSOR = 400 "movies.invalid_cursor" "The cursor does not belong to this list";
    FILM_CONFLICT = 409 "movies.film_conflict" "The film was changed concurrently";
    CATALOGUE_READ_ONLY = 503 "movies.read_only" "The catalogue cannot be written right now";
    SEARCH_BUSY = 503 "movies.search_busy" "Too many searches at the moment";
    CATALOGUE_LOADING = 503 "movies.loading" "The catalogue is still being loaded";
}

/// Codes that any endpoint may answer.
pub const EVERYWHERE: &[&Code] = &[
    BAD_REQUEST,
    REQUEST_ID_MISSING,
    MALFORMED_JSON,
    MALFORMED_FORM,
    INVALID_QUERY,
    INVALID_PATH,
    INVALID_FIELDS,
    NO_SUCH_ROUTE,
    METHOD_NOT_ALLOWED,
    REQUEST_TIMEOUT,
    PRECONDITION_FAILED,
    BODY_TOO_LARGE,
    UNSUPPORTED_MEDIA_TYPE,
    RATE_LIMITED,
    INTERNAL,
    UNAVAILABLE,
    SHUTTING_DOWN,
];

/// Codes that follow from the required authentication.
pub const fn of_auth(auth: Auth) -> &'static [&'static Code] {
    match auth {
        Auth::Public => &[],
        Auth::OptionalDegrading => &[TOKEN_INVALID],
        Auth::Required => &[TOKEN_MISSING, TOKEN_INVALID, AUTH_UNAVAILABLE],
        Auth::Permission(_) => &[TOKEN_MISSING, TOKEN_INVALID, FORBIDDEN, AUTH_UNAVAILABLE],
        Auth::ServiceClient => &[CLIENT_REJECTED],
    }
}

impl EndpointInfo {
    /// `true` when the contract allows this endpoint to answer `code`.
    pub fn may_answer(&self, code: &Code) -> bool {
        let listed = |list: &[&Code]| list.iter().any(|known| known.code == code.code);
        listed(self.errors) || listed(EVERYWHERE) || listed(of_auth(self.auth))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_carry_an_error_status() {
        let mut seen = std::collections::HashSet::new();
        for code in ALL {
            assert!(seen.insert(code.code), "{} stands twice", code.code);
            assert!((400..=599).contains(&code.status), "{} has status {}", code.code, code.status);
        }
    }
}

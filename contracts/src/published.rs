//! The published documents, embedded. Written by `contracts export`.

/// Name and text of one document.
pub type Published = (&'static str, &'static str);

macro_rules! embed {
    ($folder:literal: $($name:literal)*) => {
        &[$(($name, include_str!(concat!("../published/v1/", $folder, $name)))),*]
    };
}

/// The catalogue of problem codes.
pub const CODES: Published = ("codes.json", include_str!("../published/v1/codes.json"));

/// Documents of Marquee accounts.
pub const AUTH: &[Published] = embed! { "auth/":
    "act-request.schema.json"
    "authorize-device-request.schema.json"
    "authorize-device-response.schema.json"
    "change-email-request.schema.json"
    "change-password-request.schema.json"
    "change-password-response.schema.json"
    "check-permission-response.schema.json"
    "check-request-response.schema.json"
    "client-response.schema.json"
    "client-secret-response.schema.json"
    "code-requested.schema.json"
    "confirm-email-change-request.schema.json"
    "confirm-email-request.schema.json"
    "confirm-password-reset-request.schema.json"
    "correct-birth-date-request.schema.json"
    "create-client-request.schema.json"
    "create-role-request.schema.json"
    "export-me-response.schema.json"
    "find-users-response.schema.json"
    "finish-social-link-request.schema.json"
    "finish-social-link-response.schema.json"
    "finish-social-login-request.schema.json"
    "finish-social-login-response.schema.json"
    "get-auth-status-response.schema.json"
    "get-me-response.schema.json"
    "get-user-response.schema.json"
    "get-userinfo-response.schema.json"
    "grant-tokens-request.schema.json"
    "grant-tokens-response.schema.json"
    "health-response.schema.json"
    "introspect-request.schema.json"
    "introspect-response.schema.json"
    "jwk-set.schema.json"
    "list-account-events-response.schema.json"
    "list-audit-events-response.schema.json"
    "list-clients-response.schema.json"
    "list-providers-response.schema.json"
    "list-roles-response.schema.json"
    "list-sessions-response.schema.json"
    "list-sign-ins-response.schema.json"
    "list-social-accounts-response.schema.json"
    "list-user-roles-response.schema.json"
    "log-in-request.schema.json"
    "log-in-response.schema.json"
    "openapi.json"
    "password-reset-requested.schema.json"
    "problem.schema.json"
    "refresh-session-request.schema.json"
    "refresh-session-response.schema.json"
    "request-password-reset-request.schema.json"
    "revoke-token-request.schema.json"
    "revoke-token-response.schema.json"
    "role-response.schema.json"
    "rotate-client-secret-request.schema.json"
    "server-metadata.schema.json"
    "set-password-request.schema.json"
    "sign-up-request.schema.json"
    "sign-up-response.schema.json"
    "start-social-request.schema.json"
    "start-social-response.schema.json"
    "update-client-request.schema.json"
    "update-me-request.schema.json"
    "update-me-response.schema.json"
    "update-role-request.schema.json"
};

/// Documents of Marquee catalogue.
pub const MOVIES: &[Published] = embed! { "movies/":
    "film-draft.schema.json"
    "film-record.schema.json"
    "film-update.schema.json"
    "film-written.schema.json"
    "get-film-response.schema.json"
    "get-genre-response.schema.json"
    "get-person-response.schema.json"
    "get-status-response.schema.json"
    "health-response.schema.json"
    "list-film-changes-response.schema.json"
    "list-films-response.schema.json"
    "list-genres-response.schema.json"
    "list-person-films-response.schema.json"
    "list-similar-films-response.schema.json"
    "openapi.json"
    "problem.schema.json"
    "search-films-response.schema.json"
    "search-persons-response.schema.json"
};

/// Documents of Marquee captcha.
pub const CAPTCHA: &[Published] = embed! { "captcha/":
    "answer-challenge-request.schema.json"
    "answer-challenge-response.schema.json"
    "assess-risk-request.schema.json"
    "assess-risk-response.schema.json"
    "extend-challenge-request.schema.json"
    "extend-challenge-response.schema.json"
    "get-captcha-status-response.schema.json"
    "health-response.schema.json"
    "issue-challenge-request.schema.json"
    "issue-challenge-response.schema.json"
    "openapi.json"
    "problem.schema.json"
    "refresh-challenge-request.schema.json"
    "refresh-challenge-response.schema.json"
    "report-outcome-request.schema.json"
    "site-verify-request.schema.json"
    "site-verify-response.schema.json"
};

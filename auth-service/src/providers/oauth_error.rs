//! Error codes of providers, told apart by what they mean for a sign-in: of the callback (RFC 6749 §4.1.2.1, OpenID
//! Connect Core 1.0 §3.1.2.6) and of the token endpoint (RFC 6749 §5.2), with the words that providers have added.

/// What an error code means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OAuthError {
    /// The user did not agree.
    Denied,
    /// This attempt failed; another one may work.
    Rejected,
    /// The provider has an error of its own, or is overloaded.
    Unavailable,
    /// The provider does not accept the client, its redirect URI or its request: a fault of the settings.
    Misconfigured,
}

impl OAuthError {
    /// A code in the query of a callback. Logged with the provider's name, because nobody else sees it.
    pub fn of_callback(provider: &str, code: &str) -> Self {
        // Here it is about the request that we have built; a token endpoint says it of bad codes too.
        let error = if code == "invalid_request" { Self::Misconfigured } else { Self::classify(code) };
        error.log(provider, code);
        error
    }

    /// A code in the answer to a call.
    pub(super) fn of_answer(provider: &str, code: &str) -> Self {
        let error = Self::classify(code);
        error.log(provider, code);
        error
    }

    fn classify(code: &str) -> Self {
        match code {
            "access_denied" => Self::Denied,
            "server_error" | "temporarily_unavailable" | "internal_error" | "backend_error" => Self::Unavailable,
            "invalid_client"
            | "unauthorized_client"
            | "redirect_uri_mismatch"
            | "invalid_redirect_uri"
            | "unsupported_grant_type"
            | "unsupported_response_type"
            | "unsupported_response_mode"
            | "invalid_scope"
            | "invalid_target"
            | "invalid_request_uri"
            | "invalid_request_object"
            | "request_not_supported"
            | "request_uri_not_supported"
            | "registration_not_supported" => Self::Misconfigured,
            _ => Self::Rejected,
        }
    }

    fn log(self, provider: &str, code: &str) {
        let error = loggable(code);
        match self {
            Self::Denied => {}
            Self::Rejected => tracing::info!(provider, error, "a provider rejects a sign-in"),
            Self::Unavailable => tracing::warn!(provider, error, "a provider reports an error of its own"),
            Self::Misconfigured => {
                tracing::warn!(provider, error, "a provider does not accept the settings of this installation");
            }
        }
    }
}

/// A code or name from outside as it may stand in a log: short, and of letters, digits and marks that need no escape.
pub(super) fn loggable(name: &str) -> &str {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let fits = (1..=48).contains(&name.len()) && name.bytes().all(plain);
    if fits { name } else { "unreadable" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_of_the_specifications_has_its_meaning() {
        use OAuthError::{Denied, Misconfigured, Rejected, Unavailable};
        for (code, meaning) in [
            ("access_denied", Denied),
            ("invalid_request", Misconfigured),
            ("unauthorized_client", Misconfigured),
            ("unsupported_response_type", Misconfigured),
            ("invalid_scope", Misconfigured),
            ("request_not_supported", Misconfigured),
            ("server_error", Unavailable),
            ("temporarily_unavailable", Unavailable),
            ("interaction_required", Rejected),
            ("login_required", Rejected),
            ("account_selection_required", Rejected),
            ("consent_required", Rejected),
            ("of_the_provider's_own", Rejected),
            ("", Rejected),
        ] {
            assert_eq!(OAuthError::of_callback("stub", code), meaning, "{code}");
        }
        assert_eq!(OAuthError::of_answer("stub", "invalid_request"), Rejected);
        assert_eq!(OAuthError::of_answer("stub", "invalid_grant"), Rejected);
    }

    #[test]
    fn only_short_plain_names_are_written_into_a_log() {
        assert_eq!(loggable("server_error"), "server_error");
        for bad in ["", "a b", "a\nb", "\u{1b}[31m", "ошибка", &"x".repeat(49)] {
            assert_eq!(loggable(bad), "unreadable");
        }
    }
}

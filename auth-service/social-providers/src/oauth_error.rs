//! Error codes of providers, classified by their effect on a sign-in: of the callback (RFC 6749 §4.1.2.1, OpenID
//! Connect Core 1.0 §3.1.2.6) and of the token endpoint (RFC 6749 §5.2), with codes that providers have added.

/// Class of an error code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OAuthError {
    /// The user denied the request.
    Denied,
    /// This attempt failed; a retry may succeed.
    Rejected,
    /// The provider has an internal error, or is overloaded.
    Unavailable,
    /// The provider rejects the client, its redirect URI or its request: the settings are wrong.
    Misconfigured,
}

impl OAuthError {
    /// Classifies a code of a callback. Logs it with the provider's name: no other record of it exists.
    pub fn of_callback(provider: &str, code: &str) -> Self {
        // In a callback it is about the authorization request, which we have built; token endpoints also use it for
        // invalid codes.
        let error = if code == "invalid_request" { Self::Misconfigured } else { Self::classify(code) };
        error.log(provider, code);
        error
    }

    /// Classifies a code of a token endpoint's response.
    pub(crate) fn of_answer(provider: &str, code: &str) -> Self {
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

/// External text, made safe for logs: short, of letters, digits and marks that need no escape.
pub(crate) fn loggable(name: &str) -> &str {
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

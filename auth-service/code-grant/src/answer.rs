//! Redirects back to the client (RFC 6749 §4.1.2). Each names the issuer, so that a client of several servers does not take
//! the answer of one for that of another (RFC 9207).

use url::form_urlencoded::Serializer;

/// Error of an authorization request (RFC 6749 §4.1.2.1, OpenID Connect Core 1.0 §3.1.2.6, RFC 8707 §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuthorizationError {
    /// Its name.
    pub error: &'static str,
    /// For the developer of the client.
    pub description: &'static str,
}

impl AuthorizationError {
    /// The user would have to sign in, and `prompt=none` forbids to ask.
    pub const LOGIN_REQUIRED: Self = Self { error: "login_required", description: "no user is signed in" };
    /// The user would have to agree, and `prompt=none` forbids to ask.
    pub const INTERACTION_REQUIRED: Self =
        Self { error: "interaction_required", description: "the user has to be asked whether to go on" };
    /// The user has said no.
    pub const ACCESS_DENIED: Self = Self { error: "access_denied", description: "the user did not go on" };

    pub(crate) const fn new(error: &'static str, description: &'static str) -> Self {
        Self { error, description }
    }

    pub(crate) const fn invalid(description: &'static str) -> Self {
        Self::new("invalid_request", description)
    }
}

/// Address of the answer to a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedirectBack {
    /// Its redirect URI, one of the registered.
    pub uri: String,
    /// `state` of the request.
    pub state: Option<String>,
}

impl RedirectBack {
    /// URL of a successful answer.
    pub fn with_code(&self, code: &str, issuer: &str) -> String {
        self.with(&[("code", code)], issuer)
    }

    /// URL of an error.
    pub fn with_error(&self, error: AuthorizationError, issuer: &str) -> String {
        self.with(&[("error", error.error), ("error_description", error.description)], issuer)
    }

    /// The redirect URI stays as it was registered, with parameters behind its own.
    fn with(&self, parameters: &[(&str, &str)], issuer: &str) -> String {
        let mut query = Serializer::new(String::new());
        query.extend_pairs(parameters);
        query.extend_pairs(self.state.iter().map(|state| ("state", state)));
        query.append_pair("iss", issuer);
        let separator = match self.uri.split_once('?') {
            None => "?",
            Some((_, "")) => "",
            Some(_) => "&",
        };
        format!("{}{separator}{}", self.uri, query.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_keeps_the_uri_as_it_was_registered_and_names_state_and_issuer() {
        for (uri, url) in [
            ("https://app.example.org/back", "https://app.example.org/back?code=a&state=x%26y&iss=https%3A%2F%2Fid"),
            (
                "https://app.example.org/?a=%20",
                "https://app.example.org/?a=%20&code=a&state=x%26y&iss=https%3A%2F%2Fid",
            ),
            (
                "https://app.example.org/?a=/b?",
                "https://app.example.org/?a=/b?&code=a&state=x%26y&iss=https%3A%2F%2Fid",
            ),
            ("org.example.app:/back", "org.example.app:/back?code=a&state=x%26y&iss=https%3A%2F%2Fid"),
            ("http://127.0.0.1:9/back?", "http://127.0.0.1:9/back?code=a&state=x%26y&iss=https%3A%2F%2Fid"),
        ] {
            let back = RedirectBack { uri: uri.into(), state: Some("x&y".into()) };
            assert_eq!(back.with_code("a", "https://id"), url);
        }
        let back = RedirectBack { uri: "https://app.example.org/back".into(), state: None };
        let error = back.with_error(AuthorizationError::LOGIN_REQUIRED, "https://id");
        assert_eq!(
            error,
            "https://app.example.org/back?error=login_required&error_description=no+user+is+signed+in&iss=https%3A%2F%2Fid"
        );
    }
}

//! The authorization request of a browser (RFC 6749 §4.1.1, OpenID Connect Core 1.0 §3.1.2.1).

use chrono::{DateTime, TimeDelta, Utc};
use oauth_clients::{Client, Grant, RedirectTarget, Resources, is_registered};
use url::form_urlencoded;

use crate::answer::{AuthorizationError, RedirectBack};
use crate::pkce::CodeChallenge;
use crate::scope;

/// Maximum length of a request, in bytes as sent. It passes a sign-in in a cookie.
pub const MAX_REQUEST: usize = 3000;
/// Maximum length of `nonce`, in bytes: it is repeated in code and ID token.
const MAX_NONCE: usize = 255;

/// Wishes of `prompt`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Prompt {
    /// Nothing may be asked.
    pub none: bool,
    /// The user has to sign in again.
    pub login: bool,
    /// The user has to be asked whether to go on.
    pub consent: bool,
}

/// A request of a known client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizationRequest {
    /// Id of the client.
    pub client_id: String,
    /// Where it is answered.
    pub back: RedirectBack,
    /// Receiver of the answer.
    pub target: RedirectTarget,
    /// Its verifier's hash.
    pub challenge: CodeChallenge,
    /// Scopes that are known here.
    pub scope: Option<String>,
    /// The resource that its tokens are for.
    pub resource: Option<String>,
    /// Value that the ID token repeats.
    pub nonce: Option<String>,
    /// What may and must be asked.
    pub prompt: Prompt,
    /// Maximum age of the user's sign-in.
    pub max_age: Option<TimeDelta>,
}

/// Reasons to reject a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestError {
    /// The client or its redirect URI is not known, so it is an error page for the user (RFC 9700 §4.11.2).
    Unredirectable(&'static str),
    /// The client gets it.
    Redirect(RedirectBack, AuthorizationError),
}

/// Parameters of a request. An empty one is an absent one (RFC 6749 §3.1).
struct Parameters(Vec<(String, String)>);

impl Parameters {
    fn read(query: &str) -> Self {
        let pairs = form_urlencoded::parse(query.as_bytes()).filter(|(_, value)| !value.is_empty());
        Self(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
    }

    fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(one, _)| one == name).map(|(_, value)| value.as_str())
    }

    fn one(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// A value that is there exactly once.
    fn only(&self, name: &str) -> Option<&str> {
        let mut values = self.all(name);
        values.next().filter(|_| values.next().is_none())
    }

    fn has_duplicate(&self) -> bool {
        self.0.iter().any(|(name, _)| self.all(name).nth(1).is_some())
    }
}

impl AuthorizationRequest {
    /// Reads the query of a request, as sent. `find` finds clients by id.
    ///
    /// # Errors
    /// [`RequestError`].
    pub fn read(
        query: &str,
        find: impl FnOnce(&str) -> Option<Client>,
        resources: &Resources,
    ) -> Result<Self, RequestError> {
        if query.len() > MAX_REQUEST {
            return Err(RequestError::Unredirectable("the request is too long"));
        }
        let parameters = Parameters::read(query);
        let client =
            parameters.only("client_id").and_then(find).ok_or(RequestError::Unredirectable("no such client"))?;
        let uri = parameters.only("redirect_uri").ok_or(RequestError::Unredirectable("no redirect URI"))?;
        if !is_registered(&client.definition.redirect_uris, uri) {
            return Err(RequestError::Unredirectable("the redirect URI is not that of the client"));
        }
        let state = parameters.one("state").map(str::to_owned);
        let back = RedirectBack { uri: uri.to_owned(), state };
        check(&parameters, &client, &back, resources).map_err(|error| RequestError::Redirect(back, error))
    }

    /// `true` when the user has to sign in again: at `now`, with a sign-in at `signed_in`.
    pub fn needs_sign_in(&self, signed_in: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        self.prompt.login || self.max_age.is_some_and(|max_age| now - signed_in > max_age)
    }

    /// `true` when the user is asked whether to go on: any app of the device may receive the answer (RFC 8252 §8.6), or the
    /// client wants it so.
    pub fn needs_consent(&self) -> bool {
        self.target == RedirectTarget::Device || self.prompt.consent
    }
}

/// The query of a request without its wish for a sign-in, for a user who is about to sign in.
pub fn without_sign_in(query: &str) -> String {
    let mut kept = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match name.as_ref() {
            "prompt" => {
                let others: Vec<_> = value.split(' ').filter(|word| *word != "login").collect();
                kept.append_pair("prompt", &others.join(" "));
            }
            "max_age" if value.parse() == Ok(0) => {} // any sign-in is older
            name => drop(kept.append_pair(name, &value)),
        }
    }
    kept.finish()
}

fn check(
    parameters: &Parameters,
    client: &Client,
    back: &RedirectBack,
    resources: &Resources,
) -> Result<AuthorizationRequest, AuthorizationError> {
    let invalid = AuthorizationError::invalid;
    if parameters.has_duplicate() {
        return Err(invalid("a parameter is there twice"));
    }
    if !client.may_use(Grant::AuthorizationCode) || !client.definition.first_party {
        return Err(AuthorizationError::new("unauthorized_client", "this client may not use this grant"));
    }
    check_form(parameters)?;
    let nonce = parameters.one("nonce").map(str::to_owned);
    if nonce.as_ref().is_some_and(|nonce| nonce.len() > MAX_NONCE || !nonce.bytes().all(|byte| byte.is_ascii_graphic()))
    {
        return Err(invalid("nonce has at most 255 printable ASCII characters"));
    }
    let resource = parameters.one("resource").map(str::to_owned);
    let audience = client.audience(resources, resource.as_deref());
    if audience.is_err() {
        return Err(AuthorizationError::new("invalid_target", "the client may not ask for this resource"));
    }
    Ok(AuthorizationRequest {
        client_id: client.id.clone(),
        target: RedirectTarget::of(&back.uri),
        back: back.clone(),
        challenge: challenge(parameters)?,
        scope: parameters.one("scope").and_then(scope::known),
        resource,
        nonce,
        prompt: prompt(parameters.one("prompt").unwrap_or_default())?,
        max_age: max_age(parameters)?,
    })
}

/// Response type and mode, and forms of requests that are not read here.
fn check_form(parameters: &Parameters) -> Result<(), AuthorizationError> {
    for (name, error) in [("request", "request_not_supported"), ("request_uri", "request_uri_not_supported")] {
        if parameters.one(name).is_some() {
            return Err(AuthorizationError::new(error, "send the parameters themselves"));
        }
    }
    match (parameters.one("response_type"), parameters.one("response_mode")) {
        (None, _) => Err(AuthorizationError::invalid("response_type is missing")),
        (Some("code"), None | Some("query")) => Ok(()),
        (Some("code"), Some(_)) => Err(AuthorizationError::invalid("response_mode is query here")),
        (Some(_), _) => Err(AuthorizationError::new("unsupported_response_type", "response_type is code here")),
    }
}

fn challenge(parameters: &Parameters) -> Result<CodeChallenge, AuthorizationError> {
    let invalid = AuthorizationError::invalid;
    let text = parameters.one("code_challenge").ok_or(invalid("code_challenge is missing (RFC 7636)"))?;
    // Without a method it would be `plain` (RFC 7636 §4.3).
    if parameters.one("code_challenge_method") != Some("S256") {
        return Err(invalid("code_challenge_method is S256 here"));
    }
    CodeChallenge::parse(text).ok_or(invalid("code_challenge is no SHA-256 in base64url"))
}

/// Unknown words are ignored.
fn prompt(text: &str) -> Result<Prompt, AuthorizationError> {
    let mut prompt = Prompt::default();
    let words = || text.split(' ').filter(|word| !word.is_empty());
    for word in words() {
        match word {
            "none" => prompt.none = true,
            "login" => prompt.login = true,
            "consent" | "select_account" => prompt.consent = true,
            _ => {}
        }
    }
    if prompt.none && words().count() > 1 {
        return Err(AuthorizationError::invalid("prompt none stands alone"));
    }
    Ok(prompt)
}

fn max_age(parameters: &Parameters) -> Result<Option<TimeDelta>, AuthorizationError> {
    let Some(text) = parameters.one("max_age") else { return Ok(None) };
    let seconds: u32 = text.parse().map_err(|_| AuthorizationError::invalid("max_age is a number of seconds"))?;
    Ok(Some(TimeDelta::seconds(seconds.into())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_asks_for_a_sign_in_once_and_for_all_else_again() {
        for (query, kept) in [
            ("a=1&prompt=login&max_age=0&b=%26", "a=1&prompt=&b=%26"),
            ("prompt=login+consent&max_age=60", "prompt=consent&max_age=60"),
            ("prompt=none", "prompt=none"),
            ("max_age=x", "max_age=x"),
            ("", ""),
        ] {
            assert_eq!(without_sign_in(query), kept);
            assert_eq!(without_sign_in(kept), kept);
        }
    }
}

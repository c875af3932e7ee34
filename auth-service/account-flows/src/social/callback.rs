//! Callback of a provider (RFC 6749 §4.1.2, RFC 9207), in all formats in use.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contracts::Secret;
use serde::Deserialize;
use url::form_urlencoded;

/// Maximum length of the query, in bytes.
const MAX_QUERY: usize = 8 * 1024;
/// Maximum length of a value, in bytes.
const MAX_VALUE: usize = 4 * 1024;

/// A parsed callback.
#[derive(Debug)]
pub(super) struct Callback {
    /// OAuth `state`, unchanged.
    pub state: Secret,
    /// The issuer (RFC 9207), if given.
    pub issuer: Option<String>,
    /// The device id of VK ID.
    pub device_id: Option<String>,
    pub answer: Answer,
}

#[derive(Debug)]
pub(super) enum Answer {
    /// An authorization code.
    Code(Secret),
    /// The provider's error code.
    Error(String),
}

/// Supported parameters. Others are ignored, as RFC 6749 requires.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Parameters {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
    iss: Option<String>,
    device_id: Option<String>,
}

/// Parses the query of a callback. `None` when it is not valid: without a state, with neither code nor error or with
/// both, with a repeated parameter, too long, or with a `payload` (VK ID) that contradicts the rest.
pub(super) fn read(query: &str) -> Option<Callback> {
    let query = query.strip_prefix('?').unwrap_or(query);
    // Apps pass the URL on as received, including the fragment that some providers append (`#`, `#_=_`).
    let query = query.split('#').next().unwrap_or_default();
    if query.len() > MAX_QUERY {
        return None;
    }
    let (mut plain, mut payload) = (Parameters::default(), None);
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let slot = match &*name {
            "code" => &mut plain.code,
            "state" => &mut plain.state,
            "error" => &mut plain.error,
            "iss" => &mut plain.iss,
            "device_id" => &mut plain.device_id,
            "payload" => &mut payload,
            _ => continue,
        };
        if value.len() > MAX_VALUE || slot.replace(value.into_owned()).is_some() {
            return None;
        }
    }
    let packed = match payload {
        Some(text) => contracts::json::from_slice::<Parameters>(text.as_bytes()).ok()?,
        None => Parameters::default(),
    };
    let state = merge(plain.state, packed.state)?.filter(|state| !state.is_empty())?;
    let code = merge(plain.code, packed.code)?.filter(|code| !code.is_empty());
    let answer = match (code, merge(plain.error, packed.error)?) {
        (Some(code), None) => Answer::Code(Secret::new(code)),
        (None, Some(error)) => Answer::Error(error),
        _ => return None,
    };
    Some(Callback {
        state: Secret::new(state),
        issuer: merge(plain.iss, packed.iss)?,
        device_id: merge(plain.device_id, packed.device_id)?,
        answer,
    })
}

/// Length of a transaction id, in characters.
pub const TRANSACTION_ID: usize = 16;

/// The transaction id of a callback; `None` when the query is not a valid callback.
pub fn transaction_of(query: &str) -> Option<String> {
    read(query).map(|callback| transaction_id(&callback.state))
}

/// Transaction id: 96 bits of a digest of the `state`, in base64url.
pub(super) fn transaction_id(state: &Secret) -> String {
    let mut id = URL_SAFE_NO_PAD.encode(digest(&SHA256, state.expose().as_bytes()));
    id.truncate(TRANSACTION_ID);
    id
}

/// Merges two sources of one parameter. `None` when they differ.
fn merge(one: Option<String>, other: Option<String>) -> Option<Option<String>> {
    match (one, other) {
        (Some(one), Some(other)) if one != other => None,
        (one, other) => Some(one.or(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(query: &str) -> Option<String> {
        match read(query)?.answer {
            Answer::Code(code) => Some(code.expose().to_owned()),
            Answer::Error(_) => None,
        }
    }

    #[test]
    fn a_code_is_read_from_parameters_or_a_payload_or_both() {
        assert_eq!(code("?code=a%2Fb&state=s").unwrap(), "a/b");
        let payload = "payload=%7B%22code%22%3A%22c%22%2C%22state%22%3A%22s%22%2C%22device_id%22%3A%22d%22%7D";
        assert_eq!(code(payload).unwrap(), "c");
        assert_eq!(read(payload).unwrap().device_id.as_deref(), Some("d"));
        assert_eq!(code(&format!("{payload}&code=c&state=s")).unwrap(), "c");
    }

    #[test]
    fn contradictory_or_incomplete_queries_are_no_callback() {
        let payload = "payload=%7B%22code%22%3A%22c%22%2C%22state%22%3A%22s%22%7D";
        for bad in [
            "",
            "code=c",
            "state=s",
            "code=&state=s",
            "code=c&state=",
            "code=c&code=c&state=s",
            "code=c&state=s&state=s",
            "code=c&state=s&error=access_denied",
            "payload=nonsense&code=c&state=s",
            "payload=%5B%5D",
            &format!("{payload}&code=other"),
            &format!("{payload}&state=other"),
            &format!("{payload}&{payload}"),
            &format!("code={}&state=s", "c".repeat(MAX_VALUE + 1)),
            &format!("code=c&state=s&x={}", "x".repeat(MAX_QUERY)),
        ] {
            assert!(read(bad).is_none(), "{bad:.80}");
        }
    }

    #[test]
    fn an_error_keeps_its_code() {
        let error = |query| match read(query).unwrap().answer {
            Answer::Error(code) => code,
            Answer::Code(_) => String::new(),
        };
        assert_eq!(error("error=access_denied&state=s"), "access_denied");
        assert_eq!(error("error=server_error&state=s#_=_"), "server_error");
    }

    #[test]
    fn a_fragment_behind_the_query_is_cut_off() {
        for fragment in ["#", "#_=_", "#a=b&state=other&code=other"] {
            let callback = read(&format!("?code=c&state=s{fragment}")).unwrap();
            assert_eq!(callback.state.expose(), "s", "{fragment}");
        }
        assert_eq!(read("code=c&state=a%23b").unwrap().state.expose(), "a#b");
    }
}

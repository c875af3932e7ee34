//! The header of an access token, read strictly (RFC 8725) before its signature is verified.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use crate::algorithm::TokenAlgorithm;
use crate::claims::TOKEN_TYPE;

/// Maximum length of a token; longer ones were not issued by auth-service.
pub const MAX_ACCESS_TOKEN_BYTES: usize = 8192;

/// An invalid access token; the client gets no further details.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the access token is not valid")]
pub struct InvalidAccessToken;

/// The complete header of a valid token. Any other member (`jku`, `x5u`, `jwk`, `crit`, `b64`, …) and any duplicate is
/// rejected.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StrictHeader {
    alg: String,
    typ: String,
    kid: String,
}

/// A token with the header of an access token. Nothing in it can be trusted yet.
pub struct UnverifiedToken<'t> {
    pub(crate) text: &'t str,
    pub(crate) algorithm: TokenAlgorithm,
    kid: String,
}

impl<'t> UnverifiedToken<'t> {
    /// Reads the header of `text`.
    ///
    /// # Errors
    /// [`InvalidAccessToken`] when it is too long, has not three parts, or is another kind of token.
    pub fn parse(text: &'t str) -> Result<Self, InvalidAccessToken> {
        if text.len() > MAX_ACCESS_TOKEN_BYTES {
            return Err(InvalidAccessToken);
        }
        let header = read_header(text).filter(|header| header.typ == TOKEN_TYPE).ok_or(InvalidAccessToken)?;
        let algorithm = TokenAlgorithm::parse(&header.alg).ok_or(InvalidAccessToken)?;
        Ok(Self { text, algorithm, kid: header.kid })
    }

    /// Id of the key that signed it, as the token claims.
    pub fn kid(&self) -> &str {
        &self.kid
    }
}

fn read_header(token: &str) -> Option<StrictHeader> {
    let mut parts = token.split('.');
    let header = parts.next()?;
    (parts.clone().count() == 2).then_some(())?;
    contracts::json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_read(header: &str) -> bool {
        UnverifiedToken::parse(&format!("{}.e30.AA", URL_SAFE_NO_PAD.encode(header))).is_ok()
    }

    #[test]
    fn the_key_id_is_read_from_the_header() {
        let text = include_str!("../testdata/token.jwt").trim();
        assert_eq!(UnverifiedToken::parse(text).unwrap().kid(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn other_types_algorithms_and_members_are_rejected() {
        for algorithm in ["RS256", "ES256", "EdDSA"] {
            assert!(is_read(&format!(r#"{{"alg":"{algorithm}","typ":"at+jwt","kid":"a"}}"#)));
        }
        for header in [
            r#"{"alg":"none","typ":"at+jwt","kid":"a"}"#,
            r#"{"alg":"HS256","typ":"at+jwt","kid":"a"}"#,
            r#"{"alg":"PS256","typ":"at+jwt","kid":"a"}"#,
            r#"{"alg":"Ed25519","typ":"at+jwt","kid":"a"}"#,
            r#"{"alg":"eddsa","typ":"at+jwt","kid":"a"}"#,
            r#"{"alg":"EdDSA","typ":"JWT","kid":"a"}"#,
            r#"{"alg":"EdDSA","typ":"at+jwt"}"#,
            r#"{"alg":"EdDSA","typ":"at+jwt","kid":"a","jku":"https://example.org"}"#,
            r#"{"alg":"EdDSA","typ":"at+jwt","kid":"a","kid":"b"}"#,
            r#"["EdDSA","at+jwt","a"]"#,
        ] {
            assert!(!is_read(header), "{header}");
        }
    }
}

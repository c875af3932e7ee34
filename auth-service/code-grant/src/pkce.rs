//! Proof key for code exchange (RFC 7636). `S256` alone: `plain` protects nothing once a request was seen.

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contracts::Secret;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

/// Bounds of a verifier, in characters (RFC 7636 §4.1).
const VERIFIER: std::ops::RangeInclusive<usize> = 43..=128;

/// SHA-256 of a verifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeChallenge([u8; 32]);

impl CodeChallenge {
    /// Reads `code_challenge`: 32 bytes in base64url without padding.
    pub fn parse(text: &str) -> Option<Self> {
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// `true` for the verifier of this challenge. Takes constant time for verifiers of one length.
    pub fn is_met_by(&self, verifier: &Secret) -> bool {
        let text = verifier.expose();
        let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if !VERIFIER.contains(&text.len()) || !text.bytes().all(is_unreserved) {
            return false;
        }
        digest::digest(&digest::SHA256, text.as_bytes()).as_ref().ct_eq(&self.0).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_standard_is_met_by_its_verifier_alone() {
        // RFC 7636, appendix B
        let challenge = CodeChallenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM").unwrap();
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let is_met = |text: &str| challenge.is_met_by(&Secret::new(text));
        assert!(is_met(verifier));
        for other in [&verifier[1..], &verifier.to_lowercase(), &format!("{verifier}A"), &format!("{verifier} "), ""] {
            assert!(!is_met(other), "{other:?}");
        }
    }

    #[test]
    fn a_verifier_has_43_to_128_unreserved_characters() {
        for (text, is_one) in [
            ("a".repeat(42), false),
            ("a".repeat(43), true),
            ("~".repeat(128), true),
            ("a".repeat(129), false),
            ("ä".repeat(43), false),
            ("+".repeat(43), false),
        ] {
            let hash = digest::digest(&digest::SHA256, text.as_bytes());
            let challenge = CodeChallenge(hash.as_ref().try_into().unwrap());
            assert_eq!(challenge.is_met_by(&Secret::new(text.as_str())), is_one, "{text}");
        }
    }

    #[test]
    fn a_challenge_is_32_bytes_in_base64url_without_padding() {
        for text in
            ["", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM=", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM", "abc"]
        {
            assert_eq!(CodeChallenge::parse(text), None, "{text}");
        }
    }
}

//! Verification of signature, issuer, audience and expiry.

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::Validation;
use serde::de::DeserializeOwned;

use crate::algorithm::TokenAlgorithm;
use crate::claims::{AccessClaims, CLIENT_SUBJECT, ClientClaims};
use crate::keys::VerificationKey;
use crate::token::{InvalidAccessToken, UnverifiedToken};

/// Maximum difference between the clocks of issuer and verifier.
pub const CLOCK_SKEW: TimeDelta = TimeDelta::seconds(60);

/// Verifies the access tokens of one issuer.
pub struct TokenVerifier {
    /// One for each algorithm.
    validations: [(TokenAlgorithm, Validation); TokenAlgorithm::ALL.len()],
}

impl TokenVerifier {
    /// The verifier for tokens with this claim `iss` and at least one of `audiences` in their claim `aud`.
    pub fn new(issuer: &str, audiences: &[&str]) -> Self {
        Self { validations: TokenAlgorithm::ALL.map(|algorithm| (algorithm, validation(algorithm, issuer, audiences))) }
    }

    /// Verifies that a token was signed with `key` by this issuer and has not expired at `now`. Does not check whether
    /// its session has ended.
    ///
    /// # Errors
    /// [`InvalidAccessToken`] for anything else.
    pub fn verify(
        &self,
        token: &UnverifiedToken<'_>,
        key: &VerificationKey,
        now: DateTime<Utc>,
    ) -> Result<AccessClaims, InvalidAccessToken> {
        let claims: AccessClaims = self.decode(token, key)?;
        check_times(claims.iat, claims.exp, now)?;
        Ok(claims)
    }

    /// The same of a token that was issued to a client itself.
    ///
    /// # Errors
    /// [`InvalidAccessToken`] for anything else, tokens of users included.
    pub fn verify_client(
        &self,
        token: &UnverifiedToken<'_>,
        key: &VerificationKey,
        now: DateTime<Utc>,
    ) -> Result<ClientClaims, InvalidAccessToken> {
        let claims: ClientClaims = self.decode(token, key)?;
        check_times(claims.iat, claims.exp, now)?;
        let is_own = claims.sub.strip_prefix(CLIENT_SUBJECT) == Some(claims.client_id.as_str());
        if is_own { Ok(claims) } else { Err(InvalidAccessToken) }
    }

    fn decode<T: DeserializeOwned + Clone>(
        &self,
        token: &UnverifiedToken<'_>,
        key: &VerificationKey,
    ) -> Result<T, InvalidAccessToken> {
        if token.algorithm != key.algorithm() {
            return Err(InvalidAccessToken);
        }
        let validation = self.validations.iter().find(|(algorithm, _)| *algorithm == token.algorithm);
        let (_, validation) = validation.ok_or(InvalidAccessToken)?;
        let decoded = jsonwebtoken::decode::<T>(token.text, &key.key, validation);
        decoded.map(|token| token.claims).map_err(|_| InvalidAccessToken) // details are not disclosed
    }
}

fn check_times(iat: i64, exp: i64, now: DateTime<Utc>) -> Result<(), InvalidAccessToken> {
    let (is_current, is_issued) = (now.timestamp() < exp, iat <= (now + CLOCK_SKEW).timestamp());
    if is_current && is_issued { Ok(()) } else { Err(InvalidAccessToken) }
}

fn validation(algorithm: TokenAlgorithm, issuer: &str, audiences: &[&str]) -> Validation {
    let mut validation = Validation::new(algorithm.of_library());
    validation.set_issuer(&[issuer]);
    validation.set_audience(audiences);
    validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
    validation.validate_exp = false; // checked by the caller's time and without leeway
    validation
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AUDIENCE;
    use crate::keys::VerificationKeys;

    const TOKEN: &str = include_str!("../testdata/token.jwt");
    const ISSUER: &str = "https://id.example.org";

    fn verify(text: &str, issuer: &str, at: &str) -> Result<AccessClaims, InvalidAccessToken> {
        let keys = VerificationKeys::parse(include_str!("../testdata/jwks.json")).unwrap();
        let token = UnverifiedToken::parse(text)?;
        let key = keys.find(token.kid()).ok_or(InvalidAccessToken)?;
        TokenVerifier::new(issuer, &[AUDIENCE]).verify(&token, key, at.parse().unwrap())
    }

    #[test]
    fn a_token_is_valid_from_a_minute_before_its_issue_until_it_expires() {
        for (at, valid) in [
            ("2026-11-22T11:58:59Z", false),
            ("2026-11-22T11:59:00Z", true),
            ("2026-11-22T12:09:59Z", true),
            ("2026-11-22T12:10:00Z", false),
        ] {
            assert_eq!(verify(TOKEN.trim(), ISSUER, at).is_ok(), valid, "{at}");
        }
    }

    #[test]
    fn a_token_of_another_issuer_is_invalid() {
        assert!(verify(TOKEN.trim(), "https://other.example.org", "2026-11-22T12:00:00Z").is_err());
    }

    #[test]
    fn a_token_for_other_services_alone_is_invalid() {
        let token = UnverifiedToken::parse(TOKEN.trim()).unwrap();
        let keys = VerificationKeys::parse(include_str!("../testdata/jwks.json")).unwrap();
        let (key, now) = (keys.find(token.kid()).unwrap(), "2026-11-22T12:00:00Z".parse().unwrap());
        for (audiences, is_valid) in [(["films", AUDIENCE], true), (["films", "marque"], false), (["", ""], false)] {
            assert_eq!(
                TokenVerifier::new(ISSUER, &audiences).verify(&token, key, now).is_ok(),
                is_valid,
                "{audiences:?}"
            );
        }
    }

    #[test]
    fn a_token_with_another_key_is_invalid() {
        let token = UnverifiedToken::parse(TOKEN.trim()).unwrap();
        let (text, x) = (include_str!("../testdata/jwks.json"), "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
        assert!(text.contains(x), "the key of the token is that of RFC 8037");
        let keys = VerificationKeys::parse(&text.replace(x, "A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg")).unwrap();
        let other = keys.find(token.kid()).unwrap();
        assert!(
            TokenVerifier::new(ISSUER, &[AUDIENCE])
                .verify(&token, other, "2026-11-22T12:00:00Z".parse().unwrap())
                .is_err()
        );
    }

    #[test]
    fn a_token_that_was_cut_or_changed_in_any_place_is_invalid() {
        let text = TOKEN.trim();
        let is_valid = |text: &str| verify(text, ISSUER, "2026-11-22T12:00:00Z").is_ok();
        assert!(is_valid(text));
        for length in 0..text.len() {
            assert!(!is_valid(&text[..length]), "cut to {length}");
        }
        for position in 0..text.len() {
            let mut bytes = text.as_bytes().to_vec();
            bytes[position] ^= 1;
            assert!(!is_valid(std::str::from_utf8(&bytes).unwrap()), "position {position}");
        }
    }
}

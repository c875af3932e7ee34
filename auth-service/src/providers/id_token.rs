//! Checking ID tokens (OpenID Connect Core 1.0 §3.1.3.7, RFC 8725).
//!
//! `jsonwebtoken` checks the signature; the claims are checked here, against our own clock and with all rules in sight.

use aws_lc_rs::digest::{SHA256, SHA512, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use serde::Deserialize;
use serde_json::{Number, Value};
use subtle::ConstantTimeEq;

use super::person::text;
use super::provider::ProviderError;

/// Never one with a shared secret (`HS*`), never none.
pub(super) const ALGORITHMS: &[Algorithm] = &[Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::EdDSA];
/// How far clocks may be apart, in seconds.
const SKEW: i64 = 60;

/// What a token has to say to be for this sign-in.
pub(super) struct Expected<'a> {
    /// The spellings of the issuer.
    pub issuers: &'a [String],
    pub client_id: &'a str,
    pub nonce: &'a str,
    pub access_token: &'a str,
    pub now: DateTime<Utc>,
}

/// Claims of ID tokens and of userinfo.
#[derive(Debug, Deserialize)]
pub(super) struct Claims {
    pub sub: String,
    #[serde(default)]
    iss: Option<String>,
    #[serde(default)]
    aud: Option<Audience>,
    #[serde(default)]
    azp: Option<String>,
    #[serde(default)]
    exp: Option<Number>,
    #[serde(default)]
    iat: Option<Number>,
    #[serde(default)]
    nbf: Option<Number>,
    #[serde(default)]
    nonce: Option<String>,
    #[serde(default)]
    at_hash: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub email: Option<String>,
    #[serde(default)]
    pub email_verified: Option<Value>,
    /// The Google Workspace that the account belongs to.
    #[serde(default, deserialize_with = "text")]
    pub hd: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub name: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub given_name: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub family_name: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub preferred_username: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub birthdate: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// Reads the header, and turns away algorithms and extensions that are not ours.
pub(super) fn header(token: &str, algorithms: &[Algorithm]) -> Result<Header, ProviderError> {
    let header = jsonwebtoken::decode_header(token)
        .map_err(|_| ProviderError::NotAcceptable("its ID token is not one, or signed in a way that is not allowed"))?;
    if !algorithms.contains(&header.alg) || header.crit.is_some() {
        return Err(ProviderError::NotAcceptable("its ID token is signed in a way that is not allowed"));
    }
    Ok(header)
}

/// Checks the signature, then every claim.
pub(super) fn verify(
    token: &str,
    key: &DecodingKey,
    algorithm: Algorithm,
    expected: &Expected<'_>,
) -> Result<Claims, ProviderError> {
    let mut signature_only = Validation::new(algorithm);
    signature_only.required_spec_claims.clear();
    signature_only.validate_exp = false;
    signature_only.validate_aud = false;
    let claims = jsonwebtoken::decode::<Claims>(token, key, &signature_only)
        .map_err(|_| ProviderError::NotAcceptable("its ID token has no good signature, or no good claims"))?
        .claims;
    check(&claims, algorithm, expected).map_err(ProviderError::NotAcceptable)?;
    Ok(claims)
}

fn check(claims: &Claims, algorithm: Algorithm, expected: &Expected<'_>) -> Result<(), &'static str> {
    if !claims.iss.as_ref().is_some_and(|issuer| expected.issuers.contains(issuer)) {
        return Err("its ID token is of another issuer");
    }
    let (ours, several) = match &claims.aud {
        None => (false, false),
        Some(Audience::One(one)) => (one == expected.client_id, false),
        Some(Audience::Many(many)) => (many.iter().any(|one| one == expected.client_id), many.len() > 1),
    };
    if !ours {
        return Err("its ID token is for somebody else");
    }
    match claims.azp.as_deref() {
        None if several => return Err("its ID token is for several, and does not say who asked"),
        Some(party) if party != expected.client_id => return Err("its ID token was asked for by somebody else"),
        _ => {}
    }
    let now = expected.now.timestamp();
    let expires = seconds(claims.exp.as_ref()).ok_or("its ID token does not end")?;
    if expires.saturating_add(SKEW) <= now {
        return Err("its ID token has ended");
    }
    let issued = seconds(claims.iat.as_ref()).ok_or("its ID token does not say when it was made")?;
    let begins = claims
        .nbf
        .as_ref()
        .map_or(Some(issued), |begin| seconds(Some(begin)))
        .ok_or("its ID token is not valid yet")?;
    if issued.max(begins) > now.saturating_add(SKEW) {
        return Err("its ID token comes from the future");
    }
    let nonce = claims.nonce.as_deref().unwrap_or_default();
    if nonce.is_empty() || !bool::from(nonce.as_bytes().ct_eq(expected.nonce.as_bytes())) {
        return Err("its ID token is for another sign-in");
    }
    match &claims.at_hash {
        Some(hash) if *hash != half_hash(algorithm, expected.access_token) => {
            Err("its ID token is for another access token")
        }
        _ => Ok(()),
    }
}

/// Seconds since 1970; some write fractions.
fn seconds(number: Option<&Number>) -> Option<i64> {
    let number = number?;
    number.as_i64().or_else(|| number.as_f64().filter(|value| value.abs() < 1e15).map(|value| value as i64))
}

/// The left half of the hash that belongs to the algorithm (OpenID Connect Core 1.0 §3.1.3.6).
fn half_hash(algorithm: Algorithm, token: &str) -> String {
    let hash = if algorithm == Algorithm::EdDSA { &SHA512 } else { &SHA256 };
    let whole = digest(hash, token.as_bytes());
    let half = whole.as_ref().split_at(whole.as_ref().len() / 2).0;
    URL_SAFE_NO_PAD.encode(half)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn outcome(change: impl FnOnce(&mut Value)) -> Result<(), &'static str> {
        let mut claims = json!({
            "iss": "https://issuer.test", "aud": "cinema", "sub": "1", "exp": NOW + 300, "iat": NOW, "nonce": "n-1",
        });
        change(&mut claims);
        let claims: Claims = serde_json::from_value(claims).map_err(|_| "unreadable")?;
        let expected = Expected {
            issuers: &["https://issuer.test".to_owned()],
            client_id: "cinema",
            nonce: "n-1",
            access_token: "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y",
            now: DateTime::from_timestamp(NOW, 0).unwrap(),
        };
        check(&claims, Algorithm::RS256, &expected)
    }

    #[test]
    fn a_good_token_passes_in_each_of_its_spellings() {
        let good: [fn(&mut Value); 8] = [
            |_| (),
            |claims| claims["aud"] = json!(["cinema"]),
            |claims| claims["azp"] = json!("cinema"),
            |claims| (claims["aud"], claims["azp"]) = (json!(["cinema", "other"]), json!("cinema")),
            |claims| claims["exp"] = json!(NOW - 59),
            |claims| claims["iat"] = json!(NOW + 60),
            |claims| claims["iat"] = json!(NOW as f64 + 0.5),
            |claims| claims["at_hash"] = json!("77QmUPtjPfzWtF2AnpK9RQ"), // of the specification, A.3
        ];
        for (number, change) in good.into_iter().enumerate() {
            assert_eq!(outcome(change), Ok(()), "{number}");
        }
    }

    #[test]
    fn a_token_with_any_wrong_claim_is_refused() {
        let bad: [(&str, Value); 22] = [
            ("iss", json!("https://issuer.test/")),
            ("iss", json!("https://evil.test")),
            ("iss", json!("https://login.test/{tenantid}/v2.0")),
            ("iss", json!(null)),
            ("iss", json!(["https://issuer.test"])),
            ("aud", json!("other")),
            ("aud", json!([])),
            ("aud", json!(["cinema", "other"])),
            ("aud", json!(null)),
            ("azp", json!("other")),
            ("exp", json!(NOW - 60)),
            ("exp", json!(null)),
            ("exp", json!("9999999999")),
            ("iat", json!(NOW + 61)),
            ("iat", json!(null)),
            ("nbf", json!(NOW + 61)),
            ("nonce", json!("n-2")),
            ("nonce", json!(null)),
            ("nonce", json!("")),
            ("at_hash", json!("wrong")),
            ("sub", json!(17)),
            ("exp", json!(-1e300)),
        ];
        for (claim, value) in bad {
            assert!(outcome(|claims| claims[claim] = value.clone()).is_err(), "{claim}: {value}");
        }
        assert!(outcome(|claims| drop(claims.as_object_mut().unwrap().remove("exp"))).is_err());
    }
}

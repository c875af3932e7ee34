//! Validation of ID tokens (OpenID Connect Core 1.0 §3.1.3.7, RFC 8725) and of signed userinfo (§5.3.2), by our own
//! clock.

use aws_lc_rs::digest::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Number, Value};
use subtle::ConstantTimeEq;

use crate::jws::{self, Algorithm};
use crate::lenient;
use crate::provider::ProviderError;

/// Tolerated clock skew, in seconds.
const SKEW: i64 = 60;

/// Claims that a token must have for this sign-in.
pub(crate) struct Expected<'a> {
    /// Accepted spellings of the issuer.
    pub issuers: &'a [String],
    pub client_id: &'a str,
    pub nonce: &'a str,
    pub access_token: &'a str,
    pub now: DateTime<Utc>,
}

/// Claims that bind a token to this client and sign-in. An unreadable one fails the validation like a wrong one.
#[derive(Debug, Deserialize)]
struct TokenClaims {
    iss: Option<String>,
    aud: Option<Audience>,
    azp: Option<String>,
    exp: Option<Number>,
    iat: Option<Number>,
    nbf: Option<Number>,
    nonce: Option<String>,
    at_hash: Option<String>,
}

/// Claims about the user, of ID tokens and userinfo. All but the subject are optional, and absent when unreadable.
#[derive(Debug, Deserialize)]
pub(crate) struct Claims {
    pub sub: String,
    #[serde(default, deserialize_with = "lenient::text")]
    pub email: Option<String>,
    #[serde(default)]
    pub email_verified: Option<Value>,
    /// Google Workspace of the account.
    #[serde(default, deserialize_with = "lenient::text")]
    pub hd: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    pub name: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    pub given_name: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    pub family_name: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    pub preferred_username: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    pub birthdate: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// Validates the claims of an ID token with a verified signature.
pub(crate) fn check_id_token(
    verified: &jws::Claims<'_>,
    algorithm: &Algorithm,
    expected: &Expected<'_>,
) -> Result<Claims, ProviderError> {
    let unreadable = || ProviderError::NotAcceptable("its ID token has invalid claims");
    let claims: TokenClaims = verified.read().ok_or_else(unreadable)?;
    check(&claims, algorithm, expected).map_err(ProviderError::NotAcceptable)?;
    verified.read().ok_or_else(unreadable)
}

/// Validates signed userinfo with a verified signature: issuer and audience where present. The caller compares the
/// subjects.
pub(crate) fn check_userinfo(
    verified: &jws::Claims<'_>,
    issuers: &[String],
    client_id: &str,
) -> Result<Claims, ProviderError> {
    let unreadable = || ProviderError::NotAcceptable("its userinfo has invalid claims");
    let claims: TokenClaims = verified.read().ok_or_else(unreadable)?;
    if claims.iss.is_some_and(|issuer| !issuers.contains(&issuer)) {
        return Err(ProviderError::NotAcceptable("its userinfo is of another issuer"));
    }
    if claims.aud.is_some_and(|audience| !audience.has(client_id)) {
        return Err(ProviderError::NotAcceptable("its userinfo is for another client"));
    }
    verified.read().ok_or_else(unreadable)
}

impl Audience {
    fn has(&self, client_id: &str) -> bool {
        match self {
            Self::One(one) => one == client_id,
            Self::Many(many) => many.iter().any(|one| one == client_id),
        }
    }

    fn is_several(&self) -> bool {
        matches!(self, Self::Many(many) if many.len() > 1)
    }
}

fn check(claims: &TokenClaims, algorithm: &Algorithm, expected: &Expected<'_>) -> Result<(), &'static str> {
    if !claims.iss.as_ref().is_some_and(|issuer| expected.issuers.contains(issuer)) {
        return Err("its ID token is of another issuer");
    }
    let Some(audience) = claims.aud.as_ref().filter(|audience| audience.has(expected.client_id)) else {
        return Err("its ID token is for another client");
    };
    match claims.azp.as_deref() {
        None if audience.is_several() => return Err("its ID token has several audiences and no authorized party"),
        Some(party) if party != expected.client_id => return Err("its ID token has another authorized party"),
        _ => {}
    }
    let now = expected.now.timestamp();
    let expires = seconds(claims.exp.as_ref()).ok_or("its ID token has no expiry")?;
    if expires.saturating_add(SKEW) <= now {
        return Err("its ID token has expired");
    }
    let issued = seconds(claims.iat.as_ref()).ok_or("its ID token has no issue time")?;
    let begins = claims
        .nbf
        .as_ref()
        .map_or(Some(issued), |begin| seconds(Some(begin)))
        .ok_or("its ID token is not valid yet")?;
    if issued.max(begins) > now.saturating_add(SKEW) {
        return Err("its ID token was issued in the future");
    }
    let nonce = claims.nonce.as_deref().unwrap_or_default();
    if nonce.is_empty() || !bool::from(nonce.as_bytes().ct_eq(expected.nonce.as_bytes())) {
        return Err("its ID token has another nonce");
    }
    match &claims.at_hash {
        Some(hash) if *hash != half_hash(algorithm, expected.access_token) => {
            Err("its ID token is for another access token")
        }
        _ => Ok(()),
    }
}

/// Seconds since 1970; some providers write fractions.
fn seconds(number: Option<&Number>) -> Option<i64> {
    let number = number?;
    number.as_i64().or_else(|| number.as_f64().filter(|value| value.abs() < 1e15).map(|value| value as i64))
}

/// Left half of the algorithm's hash, as in `at_hash` (OpenID Connect Core 1.0 §3.1.3.6).
fn half_hash(algorithm: &Algorithm, token: &str) -> String {
    let whole = digest(algorithm.hash, token.as_bytes());
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
        let _: Claims = serde_json::from_value(claims.clone()).map_err(|_| "unreadable")?;
        let claims: TokenClaims = serde_json::from_value(claims).map_err(|_| "unreadable")?;
        let expected = Expected {
            issuers: &["https://issuer.test".to_owned()],
            client_id: "cinema",
            nonce: "n-1",
            access_token: "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y",
            now: DateTime::from_timestamp(NOW, 0).unwrap(),
        };
        check(&claims, &jws::RS256, &expected)
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
    fn a_token_with_any_wrong_claim_is_rejected() {
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

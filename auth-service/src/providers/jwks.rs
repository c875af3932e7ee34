//! The keys by which a provider signs, remembered for a while.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Header};
use serde::Deserialize;
use service_kit::client::BackCall;
use tokio::sync::Mutex;
use url::Url;

use super::channel::Channel;
use super::provider::ProviderError;

/// How long keys are believed without a fresh look.
const MAX_AGE: TimeDelta = TimeDelta::hours(1);
/// How soon after a look another one is taken for a key that is not among them.
const LOOK_AGAIN_AFTER: TimeDelta = TimeDelta::seconds(30);
/// How many keys of a set are looked at.
const MAX_KEYS: usize = 64;

/// The key set of one provider.
#[derive(Default)]
pub(super) struct KeySet {
    known: ArcSwapOption<Known>,
    /// Held by the one who looks again; says when that was done last.
    again: Mutex<Option<DateTime<Utc>>>,
}

struct Known {
    url: Url,
    at: DateTime<Utc>,
    keys: Vec<Jwk>,
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<serde_json::Value>,
}

impl KeySet {
    /// The key that a token's header names. An unknown one is looked for at the provider once, and not again for a while.
    pub(super) async fn find(
        &self,
        channel: &Channel,
        url: &Url,
        header: &Header,
        now: DateTime<Utc>,
    ) -> Result<DecodingKey, ProviderError> {
        let known = match self.known.load_full() {
            Some(known) if known.url == *url && now - known.at < MAX_AGE => known,
            _ => self.fetch(channel, url, now).await?,
        };
        if let Some(key) = known.pick(header) {
            return Ok(key);
        }
        let mut again = self.again.lock().await;
        let mut newest = self.known.load_full().unwrap_or(known);
        let rested = again.is_none_or(|last| now - last >= LOOK_AGAIN_AFTER) && now - newest.at >= LOOK_AGAIN_AFTER;
        if rested {
            *again = Some(now);
            newest = self.fetch(channel, url, now).await?;
        }
        newest.pick(header).ok_or(ProviderError::NotAcceptable("its ID token names a key that it does not publish"))
    }

    async fn fetch(&self, channel: &Channel, url: &Url, now: DateTime<Utc>) -> Result<Arc<Known>, ProviderError> {
        let document: Document = channel.ask(BackCall::get("jwks", url.clone())).await?;
        // One key that cannot be read must not cost the others.
        let keys =
            document.keys.into_iter().take(MAX_KEYS).filter_map(|key| serde_json::from_value(key).ok()).collect();
        let known = Arc::new(Known { url: url.clone(), at: now, keys });
        self.known.store(Some(Arc::clone(&known)));
        Ok(known)
    }
}

impl Known {
    /// By `kid`; without one only when no other key could be meant.
    fn pick(&self, header: &Header) -> Option<DecodingKey> {
        let named = |key: &&Jwk| header.kid.is_none() || key.common.key_id == header.kid;
        let mut fitting = self.keys.iter().filter(|key| fits(key, header.alg)).filter(named);
        let (first, second) = (fitting.next()?, fitting.next());
        if header.kid.is_none() && second.is_some() {
            return None;
        }
        DecodingKey::from_jwk(first).ok()
    }
}

/// A key is for one kind of algorithm, and for no shared secret ever.
fn fits(key: &Jwk, algorithm: Algorithm) -> bool {
    let kind = match (&key.algorithm, algorithm) {
        (AlgorithmParameters::RSA(_), Algorithm::RS256 | Algorithm::PS256) => true,
        (AlgorithmParameters::EllipticCurve(key), Algorithm::ES256) => key.curve == EllipticCurve::P256,
        (AlgorithmParameters::OctetKeyPair(key), Algorithm::EdDSA) => key.curve == EllipticCurve::Ed25519,
        _ => false,
    };
    let signs = key.common.public_key_use.as_ref().is_none_or(|purpose| *purpose == PublicKeyUse::Signature);
    let named = key.common.key_algorithm.is_none_or(|named| named == algorithm.into());
    kind && signs && named
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn picked(keys: Value, algorithm: Algorithm, kid: Option<&str>) -> bool {
        let keys = serde_json::from_value::<Vec<Jwk>>(keys).unwrap();
        let known = Known { url: Url::parse("https://keys.test/").unwrap(), at: Utc::now(), keys };
        let header = Header { kid: kid.map(str::to_owned), ..Header::new(algorithm) };
        known.pick(&header).is_some()
    }

    fn rsa(more: &[(&str, &str)]) -> Value {
        let mut key = json!({ "kty": "RSA", "kid": "1", "n": "AQAB", "e": "AQAB" });
        for (name, value) in more {
            key[*name] = json!(value);
        }
        key
    }

    #[test]
    fn a_key_is_for_its_own_kind_of_algorithm_and_use() {
        let one = Some("1");
        assert!(picked(json!([rsa(&[])]), Algorithm::RS256, one) && picked(json!([rsa(&[])]), Algorithm::PS256, one));
        for algorithm in [Algorithm::ES256, Algorithm::EdDSA, Algorithm::HS256] {
            assert!(!picked(json!([rsa(&[])]), algorithm, one), "{algorithm:?}");
        }
        assert!(!picked(json!([rsa(&[("use", "enc")])]), Algorithm::RS256, one));
        assert!(!picked(json!([rsa(&[("alg", "PS256")])]), Algorithm::RS256, one));
        let p384 = json!([{ "kty": "EC", "crv": "P-384", "kid": "1", "x": "AA", "y": "AA" }]);
        assert!(!picked(p384, Algorithm::ES256, one));
        let shared = json!([{ "kty": "oct", "kid": "1", "k": "AAAA" }]);
        assert!(!picked(shared.clone(), Algorithm::HS256, one) && !picked(shared, Algorithm::RS256, one));
    }

    #[test]
    fn a_token_that_names_no_key_is_checked_with_the_only_one() {
        assert!(picked(json!([rsa(&[])]), Algorithm::RS256, None));
        assert!(!picked(json!([rsa(&[]), rsa(&[("kid", "2")])]), Algorithm::RS256, None));
        assert!(!picked(json!([rsa(&[])]), Algorithm::RS256, Some("2")));
    }
}

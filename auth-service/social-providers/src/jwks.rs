//! Signing keys of a provider (JWKS), cached.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use service_kit::client::ExternalRequest;
use tokio::sync::Mutex;
use url::Url;

use crate::http::ProviderHttp;
use crate::jws::{Algorithm, Jwk};
use crate::provider::ProviderError;

/// Maximum age of cached keys.
const MAX_AGE: TimeDelta = TimeDelta::hours(1);
/// Minimum time between two fetches for an unknown key.
const REFETCH_INTERVAL: TimeDelta = TimeDelta::seconds(30);
/// Maximum number of keys read of a set.
const MAX_KEYS: usize = 64;

/// Cached key set of one provider.
#[derive(Default)]
pub(crate) struct KeySet {
    cached: ArcSwapOption<CachedKeys>,
    /// Time of the last fetch for an unknown key; the lock makes such fetches one at a time.
    last_refetch: Mutex<Option<DateTime<Utc>>>,
}

struct CachedKeys {
    url: Url,
    at: DateTime<Utc>,
    keys: Vec<Jwk>,
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<serde_json::Value>,
}

/// Key parameters of a token's header.
#[derive(Clone, Copy)]
pub(crate) struct KeyQuery<'a> {
    pub algorithm: &'a Algorithm,
    pub key_id: Option<&'a str>,
}

impl KeySet {
    /// Finds the key of a signature. An unknown key causes one fetch, and no further one for a while.
    pub(crate) async fn find(
        &self,
        http: &ProviderHttp,
        url: &Url,
        query: KeyQuery<'_>,
        now: DateTime<Utc>,
    ) -> Result<Jwk, ProviderError> {
        let cached = match self.cached.load_full() {
            Some(cached) if cached.url == *url && now - cached.at < MAX_AGE => cached,
            _ => self.fetch(http, url, now).await?,
        };
        if let Some(key) = cached.pick(query) {
            return Ok(key);
        }
        let mut last_refetch = self.last_refetch.lock().await;
        let mut newest = self.cached.load_full().unwrap_or(cached);
        let may_refetch =
            last_refetch.is_none_or(|last| now - last >= REFETCH_INTERVAL) && now - newest.at >= REFETCH_INTERVAL;
        if may_refetch {
            *last_refetch = Some(now);
            newest = self.fetch(http, url, now).await?;
        }
        newest.pick(query).ok_or(ProviderError::NotAcceptable("it signs with a key that it does not publish"))
    }

    async fn fetch(
        &self,
        http: &ProviderHttp,
        url: &Url,
        now: DateTime<Utc>,
    ) -> Result<Arc<CachedKeys>, ProviderError> {
        let document: Document = http.call_json(ExternalRequest::get("jwks", url.clone())).await?;
        // One unreadable key must not discard the others.
        let keys =
            document.keys.into_iter().take(MAX_KEYS).filter_map(|key| serde_json::from_value(key).ok()).collect();
        let cached = Arc::new(CachedKeys { url: url.clone(), at: now, keys });
        self.cached.store(Some(Arc::clone(&cached)));
        Ok(cached)
    }
}

impl CachedKeys {
    /// Selects by `kid`; without a `kid`, only an unambiguous key.
    fn pick(&self, query: KeyQuery<'_>) -> Option<Jwk> {
        let named = |key: &&Jwk| query.key_id.is_none() || key.kid.as_deref() == query.key_id;
        let mut candidates = self.keys.iter().filter(|key| key.fits(query.algorithm)).filter(named);
        let (first, second) = (candidates.next()?, candidates.next());
        if query.key_id.is_none() && second.is_some() {
            return None;
        }
        Some(first.clone())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use service_kit::{Clock as _, SystemClock};

    use super::*;
    use crate::jws::ALGORITHMS;

    fn picked(keys: Value, algorithm: &str, key_id: Option<&str>) -> bool {
        let keys = serde_json::from_value::<Vec<Jwk>>(keys).unwrap();
        let cached = CachedKeys { url: Url::parse("https://keys.test/").unwrap(), at: SystemClock.now(), keys };
        let algorithm = ALGORITHMS.iter().find(|supported| supported.name == algorithm).unwrap();
        cached.pick(KeyQuery { algorithm, key_id }).is_some()
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
        assert!(ALGORITHMS.iter().all(|algorithm| !matches!(algorithm.name, "none" | "HS256" | "HS384" | "HS512")));
        for algorithm in ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"] {
            assert!(picked(json!([rsa(&[])]), algorithm, one), "{algorithm}");
        }
        for algorithm in ["ES256", "EdDSA", "Ed25519"] {
            assert!(!picked(json!([rsa(&[])]), algorithm, one), "{algorithm}");
        }
        assert!(!picked(json!([rsa(&[("use", "enc")])]), "RS256", one));
        assert!(!picked(json!([rsa(&[("alg", "PS256")])]), "RS256", one));
        for (curve, algorithm) in [("P-256", "ES256"), ("P-384", "ES384"), ("P-521", "ES512")] {
            let key = json!([{ "kty": "EC", "crv": curve, "kid": "1", "x": "AA", "y": "AA" }]);
            for other in ["ES256", "ES384", "ES512"] {
                assert_eq!(picked(key.clone(), other, one), other == algorithm, "{curve} {other}");
            }
        }
        for named in ["EdDSA", "Ed25519"] {
            let key = json!([{ "kty": "OKP", "crv": "Ed25519", "kid": "1", "x": "AA", "alg": named }]);
            assert!(picked(key.clone(), "EdDSA", one) && picked(key, "Ed25519", one), "{named}");
        }
        let shared = json!([{ "kty": "oct", "kid": "1", "k": "AAAA" }]);
        assert!(!picked(shared, "RS256", one));
    }

    #[test]
    fn a_token_that_names_no_key_is_checked_with_the_only_one() {
        assert!(picked(json!([rsa(&[])]), "RS256", None));
        assert!(!picked(json!([rsa(&[]), rsa(&[("kid", "2")])]), "RS256", None));
        assert!(!picked(json!([rsa(&[])]), "RS256", Some("2")));
    }
}

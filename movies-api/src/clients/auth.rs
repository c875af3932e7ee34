//! Asking auth-service whose token this is, behind the breaker.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use chrono::{DateTime, Utc};
use contracts::Secret;
use contracts::auth::oauth::{Introspect, IntrospectRequest, IntrospectResponse};
use contracts::auth::roles::{ADMIN, EDITOR, SUBSCRIBER};
use contracts::endpoint::{Ignored, Nothing};
use contracts::movies::access::DegradedReason;
use contracts::movies::status::BreakerState;
use metrics::counter;
use moka::future::Cache;
use secrecy::SecretString;
use service_kit::breaker::probe::{self, ProbeSettings};
use service_kit::breaker::{Breaker, BreakerError, BreakerSettings, Rejection, State};
use service_kit::client::{CallContext, CallError, Credentials, FailureKind, ServiceClient};
use url::Url;

use crate::domain::viewer::{Member, rating_for_age};

/// Longest token that is sent on; ours have less than 1,000 characters.
const MAX_TOKEN: usize = 8192;
/// Good answers that are remembered at most, when remembering is switched on.
const MAX_REMEMBERED: u64 = 50_000;

/// How movies-api reaches auth-service.
#[derive(Debug, Clone)]
pub struct AuthClientSettings {
    /// Base URL.
    pub url: Url,
    /// Name of this service there.
    pub client_id: String,
    /// Secret of this service there.
    pub secret: SecretString,
    /// How long one check may take.
    pub timeout: Duration,
    /// How long a good answer is remembered; zero asks every time.
    pub remember: Duration,
}

/// What auth-service said about a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenCheck {
    /// It is good.
    Member(Member),
    /// It is not: wrong, ended or never ours.
    Bad,
}

/// Why nobody can say anything about a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuthUnavailable {
    /// Why.
    pub reason: DegradedReason,
    /// When another try makes sense.
    pub retry_after: Duration,
}

/// Whether auth-service answers.
#[derive(Debug, Clone)]
pub struct AuthStatus {
    /// Whether tokens can be checked.
    pub reachable: bool,
    /// State of the breaker.
    pub breaker: BreakerState,
    /// Since when.
    pub since: DateTime<Utc>,
    /// What went wrong last.
    pub last_error: Option<&'static str>,
}

/// A client of auth-service. Clones share connections, breaker and memory.
#[derive(Clone)]
pub struct AuthClient {
    client: ServiceClient,
    breaker: Breaker,
    timeout: Duration,
    remembered: Option<Cache<[u8; 32], Member>>,
    /// Whether auth-service refused this service itself last time: it works, and still no token can be checked.
    refused: Arc<AtomicBool>,
}

impl AuthClient {
    /// Sets the client up; nothing is called yet.
    ///
    /// # Errors
    /// When the TLS settings of this machine cannot be read.
    pub fn new(settings: AuthClientSettings) -> Result<Self, reqwest::Error> {
        let credentials = Credentials::Service { client_id: settings.client_id, secret: settings.secret };
        let remembered = (!settings.remember.is_zero())
            .then(|| Cache::builder().max_capacity(MAX_REMEMBERED).time_to_live(settings.remember).build());
        Ok(Self {
            client: ServiceClient::new(settings.url, credentials)?,
            breaker: Breaker::new("auth", BreakerSettings::default()),
            timeout: settings.timeout,
            remembered,
            refused: Arc::default(),
        })
    }

    /// Asks whose token this is.
    ///
    /// # Errors
    /// When nobody can say right now. Whatever a caller sends, only auth-service's own failures count as such: a token
    /// that cannot be one of ours is bad without asking.
    pub async fn check(&self, token: &str, request_id: &str) -> Result<TokenCheck, AuthUnavailable> {
        if !could_be_ours(token) {
            return Ok(TokenCheck::Bad);
        }
        let key = self.remembered.as_ref().map(|_| token_key(token));
        if let (Some(memory), Some(key)) = (&self.remembered, &key)
            && self.breaker.state() == State::Closed
        // an identity is never served while nobody could take it back
        {
            let known = memory.get(key).await;
            let outcome = if known.is_some() { "hit" } else { "miss" };
            counter!("cache.lookups", "cache.name" => "tokens", "outcome" => outcome).increment(1);
            if let Some(member) = known {
                return Ok(TokenCheck::Member(member));
            }
        }
        let answer = async { read(self.introspect(token, request_id).await?) };
        let checked = self.breaker.call(self.timeout, answer).await.map_err(|error| self.unchecked(&error))?;
        if let (Some(memory), Some(key), TokenCheck::Member(member)) = (&self.remembered, key, &checked) {
            memory.insert(key, member.clone()).await;
        }
        Ok(checked)
    }

    /// The function that knows whether auth-service answers. Cheap: it asks the breaker, not the network.
    pub fn auth_reachable(&self) -> AuthStatus {
        let report = self.breaker.report();
        let breaker = match report.state {
            State::Closed => BreakerState::Closed,
            State::Open { .. } => BreakerState::Open,
            State::HalfOpen => BreakerState::HalfOpen,
            State::Ramp { .. } => BreakerState::Ramp,
        };
        let refused = self.refused.load(Ordering::Relaxed);
        let last_failure = if refused { Some(FailureKind::Misconfigured) } else { report.last_failure };
        AuthStatus {
            reachable: breaker != BreakerState::Open && !refused,
            breaker,
            since: report.since,
            last_error: last_failure.map(FailureKind::as_str),
        }
    }

    /// Where the breaker stands, in one word.
    pub fn breaker_state(&self) -> &'static str {
        self.breaker.state().as_str()
    }

    /// Keeps asking auth-service about a made-up token while that tells something new; run it beside the server.
    pub async fn keep_probing(self) {
        let settings = ProbeSettings {
            every: Duration::from_millis(150),
            when_idle: Duration::from_millis(500),
            deadline: self.timeout,
        };
        let breaker = self.breaker.clone();
        let call = move || {
            let client = self.clone();
            async move { client.introspect("a.probe.token", probe::REQUEST_ID).await.map(drop) }
        };
        probe::run(breaker, settings, call).await;
    }

    async fn introspect(&self, token: &str, request_id: &str) -> Result<IntrospectResponse, CallError> {
        let body = IntrospectRequest { token: Secret::new(token), token_type_hint: None };
        let context = CallContext::new(request_id, self.timeout);
        let answer = self.client.call::<Introspect>(&Nothing {}, &Ignored {}, &body, &context).await;
        match &answer {
            Ok(_) => self.refused.store(false, Ordering::Relaxed),
            Err(CallError::Refused(problem)) => {
                if !self.refused.swap(true, Ordering::Relaxed) {
                    let code = &problem.code;
                    tracing::error!(code, "auth-service refuses this service; check its client id and secret");
                }
            }
            Err(CallError::Failed(_) | CallError::RetryAfter { .. }) => {}
        }
        answer
    }

    fn unchecked(&self, error: &BreakerError) -> AuthUnavailable {
        let reason = match error {
            BreakerError::Rejected(Rejection::Open) => DegradedReason::CircuitOpen,
            BreakerError::Rejected(Rejection::Saturated) => DegradedReason::Saturated,
            BreakerError::Called(CallError::Refused(_)) => DegradedReason::Misconfigured,
            BreakerError::Called(CallError::Failed(kind) | CallError::RetryAfter { kind, .. }) => match kind {
                kind if kind.is_timeout() => DegradedReason::Timeout,
                FailureKind::ServerError | FailureKind::MalformedBody | FailureKind::ResponseTooLarge => {
                    DegradedReason::ErrorAnswer
                }
                FailureKind::Throttled | FailureKind::LocalSaturation => DegradedReason::Saturated,
                FailureKind::Misconfigured => DegradedReason::Misconfigured,
                _ => DegradedReason::Unreachable,
            },
        };
        AuthUnavailable { reason, retry_after: self.breaker.retry_after().max(Duration::from_secs(1)) }
    }
}

/// What an answer says. An active token has a subject and an end (RFC 7662 §2.2, as auth-service promises): an answer
/// without them breaks the contract and says nothing, least of all that the token is bad.
fn read(answer: IntrospectResponse) -> Result<TokenCheck, CallError> {
    if !answer.active {
        return Ok(TokenCheck::Bad);
    }
    let (Some(id), Some(_)) = (answer.sub, answer.exp) else {
        return Err(CallError::Failed(FailureKind::MalformedBody));
    };
    let roles = answer.roles.unwrap_or_default();
    let has = |role: &str| roles.iter().any(|name| name == role);
    let age_limit = answer.age_limit.or_else(|| answer.age.map(rating_for_age));
    Ok(TokenCheck::Member(Member { id, age_limit, subscriber: has(SUBSCRIBER), editor: has(EDITOR) || has(ADMIN) }))
}

/// Three parts of base64url: the shape of every token of ours (RFC 7515 §3.1).
fn could_be_ours(token: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    token.len() <= MAX_TOKEN
        && token.split('.').filter(|part| !part.is_empty()).count() == 3
        && token.bytes().all(allowed)
}

/// Tokens are remembered by hash: a dump of this process's memory shall not sign anybody in.
fn token_key(token: &str) -> [u8; 32] {
    let mut key = [0; 32];
    key.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
    key
}

#[cfg(test)]
mod tests {
    use contracts::ids::UserId;

    use super::*;

    #[test]
    fn what_cannot_be_a_token_is_not_sent_on() {
        for text in ["", "a", "a.b", "a.b.c.d", "a..c", "a.b.", "a.b.ü", "a.b c.d", "a.b.c\n"] {
            assert!(!could_be_ours(text), "{text}");
        }
        assert!(!could_be_ours(&format!("a.b.{}", "c".repeat(MAX_TOKEN))));
        assert!(could_be_ours("eyJ-_.eyJ.sig"));
    }

    fn active() -> IntrospectResponse {
        IntrospectResponse { active: true, sub: Some(UserId::new()), exp: Some(1), ..Default::default() }
    }

    #[test]
    fn the_limit_that_auth_service_tells_comes_before_the_age() {
        let answer = |age_limit, age| {
            let Ok(TokenCheck::Member(member)) = read(IntrospectResponse { age_limit, age, ..active() }) else {
                panic!("a good answer")
            };
            member.age_limit
        };
        assert_eq!(answer(Some(16), Some(20)), Some(16));
        assert_eq!(answer(None, Some(12)), Some(12));
        assert_eq!(answer(None, None), None);
    }

    #[test]
    fn an_active_answer_without_subject_or_end_is_neither_an_identity_nor_a_bad_token() {
        for broken in [IntrospectResponse { sub: None, ..active() }, IntrospectResponse { exp: None, ..active() }] {
            assert!(matches!(read(broken), Err(CallError::Failed(FailureKind::MalformedBody))));
        }
    }
}

//! Token introspection at auth-service, behind the circuit breaker.

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use chrono::{DateTime, Utc};
use contracts::Secret;
use contracts::auth::oauth::{Introspect, IntrospectRequest, IntrospectResponse};
use contracts::auth::permissions::{FILMS_PLAY_SUBSCRIPTION, FILMS_WRITE};
use contracts::endpoint::{Ignored, Nothing};
use contracts::movies::access::DegradedReason;
use contracts::movies::status::BreakerState;
use metrics::{counter, describe_counter};
use moka::future::Cache;
use secrecy::SecretString;
use service_kit::Clock;
use service_kit::client::breaker::{BreakerError, Rejection, State, Upstream, probe};
use service_kit::client::{CallContext, CallError, Credentials, FailureKind, ServiceClient};
use url::Url;

use crate::domain::viewer::{Member, rating_for_age};

/// Longest token that is sent to auth-service; ours have less than 1,000 characters.
const MAX_TOKEN: usize = 8192;
/// Maximum number of cached identities, when the cache is on.
const MAX_CACHED: u64 = 50_000;

/// Settings of the client of auth-service.
#[derive(Debug, Clone)]
pub struct AuthClientSettings {
    /// Base URL.
    pub url: Url,
    /// Client id of this service.
    pub client_id: String,
    /// Client secret of this service.
    pub secret: SecretString,
    /// Maximum time of one check.
    pub timeout: Duration,
    /// Maximum time for which a positive check is cached; zero disables the cache.
    pub cache_ttl: Duration,
}

/// Result of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenCheck {
    /// The token is valid.
    Member(Member),
    /// The token is invalid: expired, revoked or never issued.
    Invalid,
}

/// The token could not be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuthUnavailable {
    /// The reason.
    pub reason: DegradedReason,
    /// Time after which a retry makes sense.
    pub retry_after: Duration,
}

/// Reachability of auth-service.
#[derive(Debug, Clone)]
pub struct AuthStatus {
    /// `true` when tokens can be checked.
    pub reachable: bool,
    /// State of the breaker.
    pub breaker: BreakerState,
    /// Time of the last change of state.
    pub since: DateTime<Utc>,
    /// The last failure.
    pub last_error: Option<&'static str>,
}

/// A client of auth-service. Clones share connections, breaker and cache.
#[derive(Clone)]
pub struct AuthClient {
    client: ServiceClient,
    upstream: Upstream,
    timeout: Duration,
    cache: Option<Cache<[u8; 32], CachedMember>>,
    clock: Arc<dyn Clock>,
}

/// A member in the cache. A token ends there at its expiry, as at auth-service.
#[derive(Debug, Clone)]
struct CachedMember {
    member: Member,
    /// Expiry of the token in seconds since 1970.
    exp: i64,
}

fn describe_metrics() {
    service_kit::telemetry::metrics::install(); // descriptions before a recorder is installed are lost
    describe_counter!("cache.lookups", "Cache lookups by result.");
}

impl AuthClient {
    /// Sets up the client; nothing is called yet.
    ///
    /// # Errors
    /// When the TLS settings of this machine cannot be read.
    pub fn new(settings: AuthClientSettings, clock: Arc<dyn Clock>) -> Result<Self, reqwest::Error> {
        describe_metrics();
        let credentials = Credentials::Service { client_id: settings.client_id, secret: settings.secret };
        let cache = (!settings.cache_ttl.is_zero())
            .then(|| Cache::builder().max_capacity(MAX_CACHED).time_to_live(settings.cache_ttl).build());
        Ok(Self {
            client: ServiceClient::new(settings.url, credentials)?,
            upstream: Upstream::new("auth", "auth-service", "its client id and secret"),
            timeout: settings.timeout,
            cache,
            clock,
        })
    }

    /// Checks a token.
    ///
    /// # Errors
    /// When the token cannot be checked now. Only failures of auth-service count as such: text that cannot be one of
    /// our tokens is invalid without a call.
    pub async fn check(&self, token: &str, request_id: &str) -> Result<TokenCheck, AuthUnavailable> {
        if !could_be_ours(token) {
            return Ok(TokenCheck::Invalid);
        }
        let key = self.cache.as_ref().map(|_| token_key(token));
        if let (Some(cache), Some(key)) = (&self.cache, &key)
            && self.upstream.state() == State::Closed
        // no cached identity during an outage of auth-service: nothing could be revoked then
        {
            let cached = cache.get(key).await.filter(|cached| self.clock.now().timestamp() < cached.exp);
            let outcome = if cached.is_some() { "hit" } else { "miss" };
            counter!("cache.lookups", "cache.name" => "tokens", "outcome" => outcome).increment(1);
            if let Some(CachedMember { member, .. }) = cached {
                return Ok(TokenCheck::Member(member));
            }
        }
        let answer = async {
            let answer = self.introspect(token, request_id).await?;
            let exp = answer.exp;
            Ok::<_, CallError>((interpret(answer)?, exp))
        };
        let called = self.upstream.call(self.timeout, answer).await;
        let (checked, exp) = called.map_err(|error| self.unavailable(&error))?;
        if let (Some(cache), Some(key), TokenCheck::Member(member), Some(exp)) = (&self.cache, key, &checked, exp) {
            cache.insert(key, CachedMember { member: member.clone(), exp }).await;
        }
        Ok(checked)
    }

    /// Reports the reachability of auth-service. Makes no call.
    pub fn auth_reachable(&self) -> AuthStatus {
        let report = self.upstream.report();
        let breaker = match report.state {
            State::Closed => BreakerState::Closed,
            State::Open { .. } => BreakerState::Open,
            State::HalfOpen => BreakerState::HalfOpen,
            State::Ramp { .. } => BreakerState::Ramp,
        };
        AuthStatus {
            reachable: !self.upstream.is_unavailable(),
            breaker,
            since: report.since,
            last_error: report.last_failure.map(FailureKind::as_str),
        }
    }

    /// State of the breaker, by name.
    pub fn breaker_state(&self) -> &'static str {
        self.upstream.state().as_str()
    }

    /// Probes auth-service with a made-up token whenever the result is informative; run it beside the server.
    pub async fn keep_probing(self) {
        let (upstream, deadline) = (self.upstream.clone(), self.timeout);
        let call = move || {
            let client = self.clone();
            async move { client.introspect("a.probe.token", probe::REQUEST_ID).await.map(drop) }
        };
        upstream.keep_probing(deadline, call).await;
    }

    async fn introspect(&self, token: &str, request_id: &str) -> Result<IntrospectResponse, CallError> {
        let body = IntrospectRequest { token: Secret::new(token), token_type_hint: None };
        let context = CallContext::new(request_id, self.timeout);
        let answer = self.client.call::<Introspect>(&Nothing {}, &Ignored {}, &body, &context).await;
        self.upstream.record_credentials(&answer);
        answer
    }

    fn unavailable(&self, error: &BreakerError) -> AuthUnavailable {
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
        AuthUnavailable { reason, retry_after: self.upstream.retry_after() }
    }
}

/// Interprets a response. An active token has a subject and an expiry (RFC 7662 §2.2, as auth-service promises): a
/// response without them violates the contract and proves nothing, least of all that the token is invalid. One without a
/// user and a session is of a program, which is never taken for a person (RFC 9700 §4.15).
fn interpret(answer: IntrospectResponse) -> Result<TokenCheck, CallError> {
    if !answer.active {
        return Ok(TokenCheck::Invalid);
    }
    let (Some(subject), Some(_)) = (answer.sub, answer.exp) else {
        return Err(CallError::Failed(FailureKind::MalformedBody));
    };
    let (Some(id), Some(_)) = (subject.user(), answer.sid) else { return Ok(TokenCheck::Invalid) };
    let permissions = answer.permissions.unwrap_or_default();
    let has = |permission: &str| permissions.iter().any(|name| name == permission);
    let age_limit = answer.age_limit.or_else(|| answer.age.map(rating_for_age));
    let (plays_subscription, writes_films) = (has(FILMS_PLAY_SUBSCRIPTION), has(FILMS_WRITE));
    Ok(TokenCheck::Member(Member { id, age_limit, plays_subscription, writes_films }))
}

/// Three parts of base64url: the shape of our tokens (RFC 7515 §3.1).
fn could_be_ours(token: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    token.len() <= MAX_TOKEN
        && token.split('.').filter(|part| !part.is_empty()).count() == 3
        && token.bytes().all(allowed)
}

/// Tokens are cached by hash: a dump of this process's memory must not contain usable tokens.
fn token_key(token: &str) -> [u8; 32] {
    let mut key = [0; 32];
    key.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
    key
}

#[cfg(test)]
mod tests {
    use contracts::auth::oauth::Subject;
    use contracts::ids::{SessionId, UserId};

    use super::*;

    #[test]
    fn only_well_formed_text_of_bounded_length_can_be_a_token() {
        for text in ["", "a", "a.b", "a.b.c.d", "a..c", "a.b.", "a.b.ü", "a.b c.d", "a.b.c\n"] {
            assert!(!could_be_ours(text), "{text}");
        }
        assert!(!could_be_ours(&format!("a.b.{}", "c".repeat(MAX_TOKEN))));
        assert!(could_be_ours("eyJ-_.eyJ.sig"));
    }

    fn active() -> IntrospectResponse {
        let (sub, sid) = (Some(Subject::User(UserId::new())), Some(SessionId::new()));
        IntrospectResponse { active: true, sub, sid, exp: Some(1), ..Default::default() }
    }

    #[test]
    fn the_age_limit_of_auth_service_takes_precedence_over_the_age() {
        let answer = |age_limit, age| {
            let Ok(TokenCheck::Member(member)) = interpret(IntrospectResponse { age_limit, age, ..active() }) else {
                panic!("a good answer")
            };
            member.age_limit
        };
        assert_eq!(answer(Some(16), Some(20)), Some(16));
        assert_eq!(answer(None, Some(12)), Some(12));
        assert_eq!(answer(None, None), None);
    }

    #[test]
    fn the_token_of_a_program_is_no_persons() {
        let client = Some(Subject::Client("client:reports".to_owned()));
        for program in [IntrospectResponse { sub: client, ..active() }, IntrospectResponse { sid: None, ..active() }] {
            assert!(matches!(interpret(program), Ok(TokenCheck::Invalid)));
        }
    }

    #[test]
    fn an_active_response_without_subject_or_expiry_is_malformed() {
        for broken in [IntrospectResponse { sub: None, ..active() }, IntrospectResponse { exp: None, ..active() }] {
            assert!(matches!(interpret(broken), Err(CallError::Failed(FailureKind::MalformedBody))));
        }
    }
}

//! Users of access tokens, as docs/integrating.md prints it.

use std::time::Duration;

use contracts::auth::oauth::{Introspect, IntrospectRequest, IntrospectResponse};
use contracts::{Ignored, Nothing, Secret};
use service_kit::client::breaker::{BreakerError, State, Upstream};
use service_kit::client::{CallContext, CallError, ServiceClient};

const TIMEOUT: Duration = Duration::from_millis(200);

#[derive(Clone)]
pub struct Tokens {
    pub auth: ServiceClient,
    pub upstream: Upstream, // circuit breaker; `tokio::spawn(tokens.clone().probe())` closes it again
    pub active: moka::future::Cache<Vec<u8>, IntrospectResponse>, // time_to_live 5 s, max_capacity 10,000
}

impl Tokens {
    /// `Ok(None)`: answer 401. `Err`: go on without a user and mark the answer as degraded.
    pub async fn user(&self, token: &str, request_id: &str) -> Result<Option<IntrospectResponse>, BreakerError> {
        let key = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, token.as_bytes()).as_ref().to_vec();
        let cached = if self.upstream.state() == State::Closed { self.active.get(&key).await } else { None };
        if cached.is_some() {
            return Ok(cached);
        }
        let user = self.upstream.call(TIMEOUT, self.introspect(token, request_id)).await?;
        if user.active {
            self.active.insert(key, user.clone()).await;
        }
        Ok(user.active.then_some(user))
    }
    pub async fn probe(self) {
        let call = || async { self.introspect("a.probe.token", "probe").await.map(drop) };
        self.upstream.keep_probing(TIMEOUT, call).await;
    }
    async fn introspect(&self, token: &str, request_id: &str) -> Result<IntrospectResponse, CallError> {
        let body = IntrospectRequest { token: Secret::new(token), token_type_hint: None };
        self.auth.call::<Introspect>(&Nothing {}, &Ignored {}, &body, &CallContext::new(request_id, TIMEOUT)).await
    }
}

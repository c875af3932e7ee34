//! A store whose answers are known beforehand, and short ways to ask a service.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
};

use actix_web::{
    Error, HttpResponse,
    body::MessageBody,
    dev::{Service, ServiceResponse},
    http::header::HeaderMap,
    test::{TestRequest, call_service},
};
use limiter_lib::{
    Action, LimitRequest, Limiter, Mode, Policy, Source, Store, StoreError, StoreOutcome, StoreReplies, StoreReply,
    actix::RateLimit, gcra::Step, store::StoreFuture,
};
use serde_json::Value;

/// Exact, in memory, at a time that stands still until it is moved.
#[derive(Debug, Clone, Default)]
pub struct Ledger(Arc<Mutex<State>>);

#[derive(Debug, Default)]
pub struct State {
    tats: HashMap<(String, u128), u64>,
    pub now: u64,
    pub failure: Option<StoreError>,
    /// Who is said to have decided; the store unless set.
    pub source: Option<Source>,
    /// What was asked, call by call.
    pub calls: Vec<Vec<LimitRequest>>,
}

impl Ledger {
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    pub fn limiter(&self) -> Limiter {
        Limiter::new(self.clone())
    }

    pub fn layer(&self) -> RateLimit {
        RateLimit::new(self.limiter())
    }

    pub fn fail(&self, failure: StoreError) {
        self.state().failure = Some(failure);
    }

    pub fn calls(&self) -> usize {
        self.state().calls.len()
    }

    /// The keys that calls asked about, of one-policy layers.
    pub fn keys(&self) -> Vec<u128> {
        self.state().calls.iter().flatten().map(|ask| ask.key.to_u128()).collect()
    }
}

impl State {
    fn decide(&mut self, asks: &[LimitRequest]) -> Result<StoreReplies, StoreError> {
        self.calls.push(asks.to_vec());
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        let now = self.now;
        let stored = |ask: &LimitRequest| (ask.policy.name().to_owned(), ask.key.to_u128());
        let steps: Vec<Step> = asks
            .iter()
            .map(|ask| {
                let rule = ask.policy.rule();
                let tat = self.tats.get(&stored(ask)).copied().unwrap_or(0);
                let increment = |units: u32| u64::from(units) * rule.interval;
                match ask.action {
                    Action::Take(units) => rule.decide(tat, now, increment(units)),
                    Action::Charge(units) => Step::Conforms { tat: rule.charge(tat, now, increment(units)) },
                    Action::Refund(units) => Step::Conforms { tat: rule.refund(tat, now, increment(units)) },
                    Action::TakeUpTo(_) => unreachable!("the middleware does not ask so"),
                }
            })
            .collect();
        let enforced = |ask: &LimitRequest| ask.policy.get_mode() == Mode::Enforce;
        let refused = asks.iter().zip(&steps).any(|(ask, step)| enforced(ask) && matches!(step, Step::Exceeds { .. }));
        let mut answers = StoreReplies::new();
        for (ask, step) in asks.iter().zip(steps) {
            let outcome = match step {
                Step::Exceeds { wait, .. } => StoreOutcome::Exceeds { wait },
                Step::Conforms { .. } if refused && enforced(ask) => {
                    let base = ask.policy.rule().base(self.tats.get(&stored(ask)).copied().unwrap_or(0), now);
                    StoreOutcome::Conforms { until_idle: base - now, granted: 0 }
                }
                Step::Conforms { tat } => {
                    self.tats.insert(stored(ask), tat);
                    StoreOutcome::Conforms { until_idle: tat - now, granted: 1 }
                }
            };
            answers.push(StoreReply { outcome, source: self.source.unwrap_or(Source::Store) });
        }
        Ok(answers)
    }
}

impl Store for Ledger {
    fn decide<'a>(&'a self, asks: &'a [LimitRequest]) -> StoreFuture<'a> {
        Box::pin(async move {
            // Some stores have to wait.
            actix_web::rt::task::yield_now().await;
            self.state().decide(asks)
        })
    }
}

pub fn policy(name: &str, quota: &str) -> Policy {
    Policy::new(name, quota.parse().unwrap()).unwrap()
}

pub async fn ok() -> HttpResponse {
    HttpResponse::Ok().body("served")
}

/// A request to `path` from `peer`.
pub fn from(peer: &str, path: &str) -> TestRequest {
    TestRequest::with_uri(path).peer_addr((peer.parse::<std::net::IpAddr>().unwrap(), 4711).into())
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// Sends a request; an error becomes the response that actix would send.
pub async fn send<S, R, B>(app: &S, request: R) -> Reply
where
    S: Service<R, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    let response = call_service(app, request).await;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = actix_web::test::read_body(response).await;
    Reply { status, headers, body: String::from_utf8(body.to_vec()).unwrap() }
}

/// The status alone.
pub async fn status<S, R, B>(app: &S, request: R) -> u16
where
    S: Service<R, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    send(app, request).await.status
}

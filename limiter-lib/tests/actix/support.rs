//! A deterministic store, and helpers to call a service.

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

/// An exact in-memory store with a manual clock, which records all calls.
#[derive(Debug, Clone, Default)]
pub struct RecordingStore(Arc<Mutex<State>>);

#[derive(Debug, Default)]
pub struct State {
    tats: HashMap<(String, u128), u64>,
    pub now: u64,
    pub failure: Option<StoreError>,
    /// The source of decisions; the store by default.
    pub source: Option<Source>,
    /// The requests, call by call.
    pub calls: Vec<Vec<LimitRequest>>,
}

impl RecordingStore {
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

    /// The keys of all calls, for one-policy layers.
    pub fn keys(&self) -> Vec<u128> {
        self.state().calls.iter().flatten().map(|request| request.key.to_u128()).collect()
    }
}

impl State {
    fn decide(&mut self, requests: &[LimitRequest]) -> Result<StoreReplies, StoreError> {
        self.calls.push(requests.to_vec());
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        let now = self.now;
        let stored = |request: &LimitRequest| (request.policy.name().to_owned(), request.key.to_u128());
        let steps: Vec<Step> = requests
            .iter()
            .map(|request| {
                let rule = request.policy.rule();
                let tat = self.tats.get(&stored(request)).copied().unwrap_or(0);
                let increment = |units: u32| u64::from(units) * rule.interval;
                match request.action {
                    Action::Take(units) => rule.decide(tat, now, increment(units)),
                    Action::Charge(units) => Step::Conforms { tat: rule.charge(tat, now, increment(units)) },
                    Action::Refund(units) => Step::Conforms { tat: rule.refund(tat, now, increment(units)) },
                    Action::TakeUpTo(_) => unreachable!("the middleware never takes up to"),
                }
            })
            .collect();
        let enforced = |request: &LimitRequest| request.policy.get_mode() == Mode::Enforce;
        let refused = requests
            .iter()
            .zip(&steps)
            .any(|(request, step)| enforced(request) && matches!(step, Step::Exceeds { .. }));
        let mut replies = StoreReplies::new();
        for (request, step) in requests.iter().zip(steps) {
            let outcome = match step {
                Step::Exceeds { wait, .. } => StoreOutcome::Exceeds { wait },
                Step::Conforms { .. } if refused && enforced(request) => {
                    let base = request.policy.rule().base(self.tats.get(&stored(request)).copied().unwrap_or(0), now);
                    StoreOutcome::Conforms { until_idle: base - now, granted: 0 }
                }
                Step::Conforms { tat } => {
                    self.tats.insert(stored(request), tat);
                    StoreOutcome::Conforms { until_idle: tat - now, granted: 1 }
                }
            };
            replies.push(StoreReply { outcome, source: self.source.unwrap_or(Source::Store) });
        }
        Ok(replies)
    }
}

impl Store for RecordingStore {
    fn decide<'a>(&'a self, requests: &'a [LimitRequest]) -> StoreFuture<'a> {
        Box::pin(async move {
            // As a store that has to wait.
            actix_web::rt::task::yield_now().await;
            self.state().decide(requests)
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

/// A response.
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

/// Sends a request; an error becomes the response of actix.
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

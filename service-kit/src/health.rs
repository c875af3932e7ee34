//! `/livez` and `/readyz`: the same in every service.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::web;
use contracts::codes;
use contracts::health::{GetLivez, GetReadyz, HealthResponse};

use crate::endpoint::Success;
use crate::error::ApiError;
use crate::limits::Limits;
use crate::metrics;

/// How long one check may take before it counts as failed.
const CHECK_TIMEOUT: Duration = Duration::from_secs(1);

type Check = Box<dyn Fn() -> Pin<Box<dyn Future<Output = Result<(), String>> + Send>> + Send + Sync>;

/// Whether a service may be sent requests: it is not draining and everything it cannot do without is there.
#[derive(Clone)]
pub struct Readiness(Arc<Inner>);

struct Inner {
    service: &'static str,
    version: &'static str,
    draining: AtomicBool,
    /// Whether it has been ready once: until then it starts, and nothing is wrong.
    started: AtomicBool,
    checks: Vec<(&'static str, Check)>,
}

impl Readiness {
    /// Begins the list of checks of a service.
    pub fn builder(service: &'static str, version: &'static str) -> ReadinessBuilder {
        ReadinessBuilder { service, version, checks: Vec::new() }
    }

    /// From now on not ready: what is under way is finished, nothing new should come.
    pub fn drain(&self) {
        self.0.draining.store(true, Ordering::Relaxed);
    }

    /// Name of the service.
    pub(crate) fn service(&self) -> &'static str {
        self.0.service
    }

    /// Whether [`Readiness::drain`] was called.
    pub(crate) fn is_draining(&self) -> bool {
        self.0.draining.load(Ordering::Relaxed)
    }

    /// Waits until ready, for `patience` at most. Says whether to go on: not when it drains already.
    pub(crate) async fn wait(&self, patience: Duration, look_every: Duration) -> bool {
        let ready = async {
            while !self.is_draining() && self.check().await.is_err() {
                tokio::time::sleep(look_every).await;
            }
        };
        let _ = tokio::time::timeout(patience, ready).await;
        !self.is_draining()
    }

    /// Shows which service this is among the metrics.
    pub(crate) fn measure(&self) {
        metrics::record_build(self.0.service, self.0.version);
    }

    fn report(&self) -> HealthResponse {
        HealthResponse { status: "pass".into(), service: self.0.service.into(), version: self.0.version.into() }
    }

    async fn check(&self) -> Result<(), ApiError> {
        if self.is_draining() {
            return Err(ApiError::new(codes::SHUTTING_DOWN).retry_after(Duration::from_secs(1)).expected());
        }
        for (name, check) in &self.0.checks {
            let outcome = tokio::time::timeout(CHECK_TIMEOUT, check()).await;
            if let Err(reason) = outcome.unwrap_or_else(|_| Err("no answer in time".into())) {
                let error = ApiError::new(codes::UNAVAILABLE).retry_after(Duration::from_secs(1));
                let error = error.detail(format!("{name}: {reason}"));
                return Err(if self.0.started.load(Ordering::Relaxed) { error } else { error.expected() });
            }
        }
        self.0.started.store(true, Ordering::Relaxed);
        Ok(())
    }
}

/// Checks being collected.
pub struct ReadinessBuilder {
    service: &'static str,
    version: &'static str,
    checks: Vec<(&'static str, Check)>,
}

impl ReadinessBuilder {
    /// Adds something the service cannot do without. The reason of a failure is shown to whoever asks: no secrets.
    #[must_use]
    pub fn check<F, Fut>(mut self, name: &'static str, check: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), String>> + Send + 'static,
    {
        self.checks.push((name, Box::new(move || Box::pin(check()))));
        self
    }

    /// Adds the limits: a replica that has not joined the others at Redis yet would give everybody a budget of its own.
    /// Without Redis it is ready all the same, two seconds after its start.
    #[must_use]
    pub fn limits(self, limits: &Limits) -> Self {
        let limits = limits.clone();
        self.check("limits", move || {
            let settled = limits.is_settled();
            async move { if settled { Ok(()) } else { Err("are being joined in Redis".to_owned()) } }
        })
    }

    /// The finished list.
    pub fn build(self) -> Readiness {
        let Self { service, version, checks } = self;
        Readiness(Arc::new(Inner {
            service,
            version,
            draining: AtomicBool::new(false),
            started: AtomicBool::new(false),
            checks,
        }))
    }
}

pub(crate) async fn get_livez(readiness: web::Data<Readiness>) -> Result<Success<GetLivez>, ApiError> {
    Ok(Success::new(readiness.report()))
}

pub(crate) async fn get_readyz(readiness: web::Data<Readiness>) -> Result<Success<GetReadyz>, ApiError> {
    readiness.check().await?;
    Ok(Success::new(readiness.report()))
}

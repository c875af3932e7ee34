//! Readiness of a service, checked by `/readyz` and before listening.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use contracts::codes;
use contracts::health::HealthResponse;

use super::limits::Limits;
use crate::base::error::ApiError;

/// Timeout of one check.
const CHECK_TIMEOUT: Duration = Duration::from_secs(1);

type Check = Box<dyn Fn() -> Pin<Box<dyn Future<Output = Result<(), String>> + Send>> + Send + Sync>;

/// Readiness of a service: it is not draining and everything it requires is available.
#[derive(Clone)]
pub struct Readiness(Arc<Inner>);

struct Inner {
    service: &'static str,
    version: &'static str,
    draining: AtomicBool,
    /// `true` once it has been ready; until then failed checks are part of the start and logged as expected.
    started: AtomicBool,
    checks: Vec<(&'static str, Check)>,
}

impl Readiness {
    /// Builder with the checks of a service.
    pub fn builder(service: &'static str, version: &'static str) -> ReadinessBuilder {
        ReadinessBuilder { service, version, checks: Vec::new() }
    }

    /// Makes the service not ready: requests in progress are finished, no new ones should be routed to it.
    pub fn drain(&self) {
        self.0.draining.store(true, Ordering::Relaxed);
    }

    /// Name of the service.
    pub(super) fn service(&self) -> &'static str {
        self.0.service
    }

    /// `true` once [`Readiness::drain`] was called.
    pub(super) fn is_draining(&self) -> bool {
        self.0.draining.load(Ordering::Relaxed)
    }

    /// Waits until ready or `timeout`. Returns `false` when draining.
    pub(super) async fn wait(&self, timeout: Duration, interval: Duration) -> bool {
        let ready = async {
            while !self.is_draining() && self.check().await.is_err() {
                tokio::time::sleep(interval).await;
            }
        };
        let _ = tokio::time::timeout(timeout, ready).await;
        !self.is_draining()
    }

    /// Name and version of the service.
    pub(super) fn build_info(&self) -> (&'static str, &'static str) {
        (self.0.service, self.0.version)
    }

    /// Body of a passed check.
    pub(super) fn report(&self) -> HealthResponse {
        HealthResponse { status: "pass".into(), service: self.0.service.into(), version: self.0.version.into() }
    }

    /// Checks everything the service requires.
    pub(super) async fn check(&self) -> Result<(), ApiError> {
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

/// Builder of [`Readiness`].
pub struct ReadinessBuilder {
    service: &'static str,
    version: &'static str,
    checks: Vec<(&'static str, Check)>,
}

impl ReadinessBuilder {
    /// Adds something the service requires. The reason of a failure is public: no secrets.
    #[must_use]
    pub fn check<F, Fut>(mut self, name: &'static str, check: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), String>> + Send + 'static,
    {
        self.checks.push((name, Box::new(move || Box::pin(check()))));
        self
    }

    /// Adds the limits: a replica that is not connected to Redis yet would give every client a separate budget. Without
    /// Redis it becomes ready two seconds after its start.
    #[must_use]
    pub fn limits(self, limits: &Limits) -> Self {
        let limits = limits.clone();
        self.check("limits", move || {
            let ready = limits.is_ready();
            async move { if ready { Ok(()) } else { Err("are being connected to Redis".to_owned()) } }
        })
    }

    /// Builds the readiness.
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

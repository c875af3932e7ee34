//! Readiness checks of auth-service.

use std::sync::Arc;

use service_kit::Readiness;

use crate::state::AppState;

/// Checks of `/readyz`. Reasons are public, so they name the remedy and nothing else.
pub fn readiness(state: &Arc<AppState>) -> Readiness {
    let (storage, keys) = (Arc::clone(state), Arc::clone(state));
    Readiness::builder("auth-service", env!("CARGO_PKG_VERSION"))
        .check("storage", move || check_storage(Arc::clone(&storage)))
        .check("keys", move || check_keys(Arc::clone(&keys)))
        .limits(&state.limits)
        .build()
}

async fn check_storage(state: Arc<AppState>) -> Result<(), String> {
    match state.store.is_migrated().await {
        Ok(true) if !state.caches.has_revocations() => Err("revocations have not been read yet".into()),
        Ok(true) if !state.caches.has_roles() => Err("permissions of roles have not been read yet".into()),
        Ok(true) => Ok(()),
        Ok(false) => Err("tables are missing or old; run `auth-service migrate`".into()),
        Err(error) => {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            tracing::warn!(%error, cause, "not ready");
            Err("the database does not answer".into())
        }
    }
}

#[expect(clippy::unused_async, reason = "a check is a future")]
async fn check_keys(state: Arc<AppState>) -> Result<(), String> {
    state.access_tokens.keys().check().map_err(|_| "no signing key; run `auth-service create-key`".into())
}

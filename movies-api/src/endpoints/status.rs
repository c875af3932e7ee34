//! `GET /api/v1/status`: status of this server.

use actix_web::web::Data;
use contracts::movies::status::{
    AuthStatus, CatalogueStatus, GetStatus, GetStatusResponse, Health, LimitsStatus, StorageStatus,
};
use service_kit::{ApiError, Input, Success};

use crate::state::AppState;

/// Reports reachability of auth-service, freshness of the catalogue and state of the limits. Reads memory only.
pub async fn get_status(state: Data<AppState>, _input: Input<GetStatus>) -> Result<Success<GetStatus>, ApiError> {
    let report = state.auth.auth_reachable();
    let auth = AuthStatus {
        status: if report.reachable { Health::Pass } else { Health::Warn },
        reachable: report.reachable,
        breaker: report.breaker,
        since: report.since,
        last_error: report.last_error.map(Into::into),
    };
    let (feed, snapshot) = (state.catalogue.feed(), state.catalogue.newest());
    let catalogue = CatalogueStatus {
        status: match (&snapshot, feed) {
            (None, _) => Health::Fail,
            (Some(_), Some(feed)) if feed.reachable => Health::Pass,
            _ => Health::Warn,
        },
        films: snapshot.as_ref().map_or(0, |snapshot| snapshot.len() as u64),
        seq: snapshot.as_ref().map_or(0, |snapshot| snapshot.seq),
        checked_at: feed.map(|feed| feed.checked_at),
    };
    let degraded = state.limits.is_degraded();
    let limits = LimitsStatus {
        status: if degraded { Health::Warn } else { Health::Pass },
        shared: state.limits.is_shared(),
        degraded,
    };
    let storage = StorageStatus::of(state.store.is_writable());
    let status = auth.status.max(catalogue.status).max(limits.status).max(storage.status);
    let version = env!("CARGO_PKG_VERSION").into();
    Ok(Success::new(GetStatusResponse { status, version, auth, catalogue, storage, limits }))
}

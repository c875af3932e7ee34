//! `GET /api/v1/status`: status of partitions, limits and storage.

use actix_web::web::Data;
use contracts::auth::status::{GetAuthStatus, GetAuthStatusResponse, PartitionAlarm, PartitionsStatus};
use contracts::status::{Health, LimitsStatus, StorageStatus};
use service_kit::{ApiError, Input, Success};

use crate::state::AppState;

/// Maximum number of alarms: enough to see the fault, and a response of bounded size.
const MAX_ALARMS: usize = 100;

/// Returns the result of the last partition maintenance, the state of the limits and of the storage. Reads memory only.
pub async fn get_auth_status(
    state: Data<AppState>,
    _input: Input<GetAuthStatus>,
) -> Result<Success<GetAuthStatus>, ApiError> {
    let (maintenance, now) = (state.maintenance.status(), state.now());
    let alarm =
        |alarm: &account_partitions::Alarm| PartitionAlarm { kind: alarm.kind().into(), what: alarm.to_string() };
    let partitions = PartitionsStatus {
        status: if maintenance.needs_attention(now) { Health::Warn } else { Health::Pass },
        checked_at: maintenance.checked_at,
        leader: maintenance.leader,
        alarms: maintenance.alarms.iter().take(MAX_ALARMS).map(alarm).collect(),
    };
    let degraded = state.limits.is_degraded();
    let limits = LimitsStatus {
        status: if degraded { Health::Warn } else { Health::Pass },
        shared: state.limits.is_shared(),
        degraded,
    };
    let storage = StorageStatus::of(state.store.is_writable());
    let status = partitions.status.max(limits.status).max(storage.status);
    let version = env!("CARGO_PKG_VERSION").into();
    Ok(Success::new(GetAuthStatusResponse { status, version, partitions, storage, limits }))
}

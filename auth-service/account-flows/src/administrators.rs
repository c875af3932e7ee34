//! Administrators in logs.

use accounts::AuditContext;
use contracts::ids::UserId;
use tracing::field::{DisplayValue, display};

/// The administrator's account, for logs; none for a command.
pub(super) fn actor(context: &AuditContext) -> Option<DisplayValue<UserId>> {
    context.actor_id().map(display)
}

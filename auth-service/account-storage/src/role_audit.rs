//! Audit events of roles, in the transactions of the changes. A rejected change writes nothing but its event.

use accounts::{AuditAction, AuditContext, AuditEvent, AuditOutcome, RoleName};
use contracts::ids::UserId;
use sea_orm::{DatabaseTransaction, DbErr};

use super::audit_events;
use super::operators::Rejection;

/// An act on a role, or on the roles of a user.
#[derive(Clone, Copy)]
pub(super) struct RoleAct<'a> {
    /// Operator, interface and reason.
    pub context: &'a AuditContext,
    /// The act.
    pub action: AuditAction,
    /// The user, if it concerns one.
    pub user: Option<UserId>,
    /// The role, if it concerns one.
    pub role: Option<&'a RoleName>,
}

/// Records the outcome of an act in its transaction. `changed`: of a success, whether it changed anything.
pub(super) async fn record<T, E: Rejection>(
    tx: &DatabaseTransaction,
    act: RoleAct<'_>,
    result: &Result<T, E>,
    changed: impl Fn(&T) -> bool,
) -> Result<(), DbErr> {
    let outcome = match result {
        Ok(value) if changed(value) => AuditOutcome::Done,
        Ok(_) => AuditOutcome::Unchanged,
        Err(error) => match error.outcome() {
            Some(outcome) => outcome,
            None => return Ok(()),
        },
    };
    let RoleAct { context, action, user, role } = act;
    let subject = role.map_or("", RoleName::as_str);
    audit_events::insert(tx, &AuditEvent { context, action, user_id: user, subject, outcome }).await
}

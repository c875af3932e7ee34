//! Conversions to the wire types of operators.

use contracts::auth::administration::{FoundUser, ManagedUser, UserStatus};
use contracts::auth::audit::{AuditChannel, AuditEvent};

use accounts::{AuditActor, AuditRecord, BirthDate, User};

/// A found account.
pub(super) fn found_user(user: account_storage::FoundUser) -> FoundUser {
    FoundUser {
        id: user.id,
        email: user.email.map(|email| email.to_unicode().into_owned()),
        display_name: user.display_name,
        status: status(user.status),
        created_at: user.created_at,
    }
}

/// An account, as operators see it.
pub(super) fn managed_user(user: User, email_proved: bool, roles: Vec<String>) -> ManagedUser {
    ManagedUser {
        id: user.key.id,
        email: user.email.map(|email| email.to_unicode().into_owned()),
        email_proved,
        display_name: user.display_name,
        birth_date: user.birth_date.map(BirthDate::day),
        region: user.region,
        roles,
        status: status(user.status),
        has_password: user.password_hash.is_some(),
        created_at: user.created_at,
    }
}

/// An act of an operator.
pub(super) fn audit_event(event: AuditRecord) -> AuditEvent {
    let (actor_id, actor_name) = match event.actor {
        AuditActor::User(id) => (Some(id), None),
        AuditActor::Machine(name) => (None, Some(name)),
    };
    let given = |text: String| (!text.is_empty()).then_some(text);
    AuditEvent {
        id: event.id,
        at: event.at,
        actor_id,
        actor_name,
        channel: match event.channel {
            accounts::AuditChannel::Command => AuditChannel::Command,
            accounts::AuditChannel::Api => AuditChannel::Api,
            accounts::AuditChannel::Page => AuditChannel::Page,
        },
        action: event.action,
        user_id: event.user_id,
        subject: given(event.subject),
        reason: given(event.reason),
        address: event.address.map(|address| address.to_string()),
        request_id: event.request_id,
        outcome: event.outcome,
    }
}

fn status(status: accounts::UserStatus) -> UserStatus {
    match status {
        accounts::UserStatus::Active => UserStatus::Active,
        accounts::UserStatus::Disabled => UserStatus::Disabled,
    }
}

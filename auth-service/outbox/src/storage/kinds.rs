//! Numbers and classes of notifications.

use mailer::{Notification, OperatorAct};

use crate::budget::Class;

/// Number of the kind in `mails.kind`. Never reused for another kind.
pub(super) fn kind_number(notification: &Notification) -> i16 {
    match notification {
        Notification::EmailProof { .. } => 1,
        Notification::PasswordReset { .. } => 2,
        Notification::EmailChange { .. } => 3,
        Notification::EmailRelease { .. } => 4,
        Notification::EmailChangeRequested { .. } => 20,
        Notification::EmailChanged { .. } => 21,
        Notification::EmailChangeUndone => 22,
        Notification::EmailRequested => 23,
        Notification::ClaimExpiring { .. } => 24,
        Notification::SocialLinked { .. } => 25,
        Notification::SocialUnlinked { .. } => 26,
        Notification::PasswordSet => 27,
        Notification::PasswordChanged { .. } => 28,
        Notification::PasswordRecovered => 29,
        Notification::SessionReplayed => 30,
        Notification::DataExported => 31,
        Notification::AccountDeleted => 32,
        Notification::DeviceApproved => 33,
        Notification::ByOperator { act } => 100 + act_number(*act),
    }
}

fn act_number(act: OperatorAct) -> i16 {
    match act {
        OperatorAct::Disabled => 1,
        OperatorAct::Enabled => 2,
        OperatorAct::Unlocked => 3,
        OperatorAct::SessionsEnded => 4,
        OperatorAct::EmailFreed => 5,
        OperatorAct::EmailProved => 6,
        OperatorAct::BirthDateCorrected => 7,
        OperatorAct::PasswordReset => 8,
        OperatorAct::SecondFactorsReset => 9,
        OperatorAct::RolesChanged => 10,
        OperatorAct::Deleted => 11,
    }
}

/// Class in the budget of an address.
pub(super) fn class(notification: &Notification) -> Class {
    match notification {
        Notification::PasswordReset { .. } => Class::Reset,
        other if other.is_code() => Class::Code,
        _ => Class::Notice,
    }
}

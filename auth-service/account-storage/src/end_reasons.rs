//! Reasons in the rows of sessions.

use accounts::EndReason;

/// Numbers of `sessions.end_reason`. Never reused for another reason.
pub(super) fn reason_number(reason: EndReason) -> i16 {
    match reason {
        EndReason::LoggedOut => 1,
        EndReason::Replay => 2,
        EndReason::UserDisabled => 3,
        EndReason::UserDeleted => 4,
        EndReason::PasswordChanged => 5,
        EndReason::EndedByOperator => 16,
        EndReason::LimitReached => 20,
        EndReason::ClientDeleted => 21,
    }
}

//! Audit events: who did what to an account, through which interface, from where, why, and with which outcome.

use std::fmt;
use std::net::IpAddr;

use chrono::{DateTime, Utc};
use contracts::ids::UserId;
use uuid::Uuid;

/// The longest reason, in characters.
pub const MAX_REASON_CHARS: usize = 200;

/// Reason of an act, stated by its operator: one line of 1 to [`MAX_REASON_CHARS`] characters, trimmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(String);

/// The text is no reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a reason is one line of 1 to {MAX_REASON_CHARS} characters")]
pub struct InvalidReason;

impl Reason {
    /// Reads a reason.
    ///
    /// # Errors
    /// [`InvalidReason`] when it is blank, too long, or has control characters.
    pub fn parse(raw: &str) -> Result<Self, InvalidReason> {
        let text = raw.trim();
        let fits = (1..=MAX_REASON_CHARS).contains(&text.chars().count());
        if fits && !text.chars().any(char::is_control) { Ok(Self(text.to_owned())) } else { Err(InvalidReason) }
    }

    /// The reason.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Interface of an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditChannel {
    /// A command on a machine of the operator.
    Command,
    /// The HTTP API.
    Api,
    /// The account page.
    Page,
}

/// Operator of an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuditActor {
    /// A signed-in user.
    User(UserId),
    /// A user of the machine on which a command ran, by name.
    Machine(String),
}

/// The part of an audit event that is known before the act.
#[derive(Debug, Clone)]
pub struct AuditContext {
    /// Operator.
    pub actor: AuditActor,
    /// Interface.
    pub channel: AuditChannel,
    /// Reason; required for acts on accounts, optional for changes of roles.
    pub reason: Option<Reason>,
    /// Address of the operator's client, if known.
    pub address: Option<IpAddr>,
    /// Id of the request, of at most 128 characters.
    pub request_id: Option<String>,
    /// Time of the act.
    pub at: DateTime<Utc>,
}

impl AuditContext {
    /// An act by command, of `operator` on the machine where it runs.
    pub fn of_command(operator: impl Into<String>, reason: Option<Reason>, at: DateTime<Utc>) -> Self {
        let (actor, channel) = (AuditActor::Machine(operator.into()), AuditChannel::Command);
        Self { actor, channel, reason, address: None, request_id: None, at }
    }

    /// The operator's account, for acts by a signed-in user.
    pub fn actor_id(&self) -> Option<UserId> {
        match self.actor {
            AuditActor::User(id) => Some(id),
            AuditActor::Machine(_) => None,
        }
    }
}

macro_rules! actions {
    ($($name:ident = $text:literal $doc:literal;)*) => {
        /// Recorded acts, named like their endpoints.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum AuditAction {
            $(#[doc = $doc] $name,)*
        }

        impl AuditAction {
            /// Name in SQL and in lists. Never reused for another act.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

actions! {
    FindUsers = "find_users" "Search for accounts.";
    GetUser = "get_user" "Look at an account.";
    DisableUser = "disable_user" "Disabling of an account.";
    EnableUser = "enable_user" "Enabling of a disabled account.";
    UnlockUser = "unlock_user" "Refill of the budgets that guesses at an account have used up.";
    EndUserSessions = "end_user_sessions" "End of all sessions of an account.";
    FreeEmail = "free_email" "Removal of the e-mail from an account.";
    ProveEmail = "prove_email" "Proof of an e-mail by an operator.";
    CorrectBirthDate = "correct_birth_date" "Correction or removal of a birth date.";
    DeleteUser = "delete_user" "Deletion of an account.";
    ResetPassword = "reset_password" "New password set by an operator.";
    CreateAdmin = "create_admin" "New account of an administrator.";
    AssignRole = "assign_role" "Assignment of a role.";
    RevokeRole = "revoke_role" "Revocation of a role.";
    CreateRole = "create_role" "New role.";
    UpdateRole = "update_role" "Change of a role.";
    DeleteRole = "delete_role" "Deletion of a role.";
    CreateClient = "create_client" "New OAuth client.";
    UpdateClient = "update_client" "Change of an OAuth client.";
    DeleteClient = "delete_client" "Deletion of an OAuth client.";
    RotateClientSecret = "rotate_client_secret" "New secret of an OAuth client.";
    ListUserRoles = "list_user_roles" "Look at the roles of an account.";
    ListAuditEvents = "list_audit_events" "Look at audit events.";
    ImportUsers = "import_users" "Import of accounts.";
    ConvertLogin = "convert_login" "Conversion of a login that is not in canonical form.";
}

macro_rules! outcomes {
    ($($name:ident = $text:literal $doc:literal;)*) => {
        /// Outcome of an act. A rejected one has changed nothing.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum AuditOutcome {
            $(#[doc = $doc] $name,)*
        }

        impl AuditOutcome {
            /// Name in SQL and in lists. Never reused for another outcome.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

outcomes! {
    Done = "done" "Done.";
    Unchanged = "unchanged" "Nothing had to be changed, or nothing was found.";
    UserNotFound = "user_not_found" "Rejected: there is no such account.";
    RoleNotFound = "role_not_found" "Rejected: there is no such role.";
    LastAdmin = "last_admin" "Rejected: no other administrator can sign in.";
    NoEmail = "no_email" "Rejected: the account has no e-mail.";
    EmailTaken = "email_taken" "Rejected: another account has the e-mail.";
    EmailUnproved = "email_unproved" "Rejected: the e-mail is not proved.";
    SystemRole = "system_role" "Rejected: the role is defined by a file.";
    RoleTaken = "role_taken" "Rejected: there is a role with this name.";
    TooManyRoles = "too_many_roles" "Rejected: the maximum number of roles has been reached.";
    ClientNotFound = "client_not_found" "Rejected: there is no such OAuth client.";
    ClientTaken = "client_taken" "Rejected: there is an OAuth client with this id.";
    TooManyClients = "too_many_clients" "Rejected: the maximum number of OAuth clients has been reached.";
    ClientInvalid = "client_invalid" "Rejected: an OAuth client cannot be like that.";
    PermissionNotFound = "permission_not_found" "Rejected: there is no such permission.";
}

/// An event to be recorded.
#[derive(Debug, Clone)]
pub struct AuditEvent<'a> {
    /// Operator, interface and reason.
    pub context: &'a AuditContext,
    /// The act.
    pub action: AuditAction,
    /// The account that it concerns, if it is one.
    pub user_id: Option<UserId>,
    /// Object beside the account, such as the name of a role; at most 128 characters, no personal data. May be empty.
    pub subject: &'a str,
    /// Outcome.
    pub outcome: AuditOutcome,
}

/// A recorded event. Acts and outcomes are texts: later releases may record others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRecord {
    /// Its id.
    pub id: Uuid,
    /// Time.
    pub at: DateTime<Utc>,
    /// Operator.
    pub actor: AuditActor,
    /// Interface.
    pub channel: AuditChannel,
    /// The act.
    pub action: String,
    /// The account that it concerns, if it is one.
    pub user_id: Option<UserId>,
    /// Object beside the account; may be empty.
    pub subject: String,
    /// Reason; empty if none was given.
    pub reason: String,
    /// Address of the operator's client, if known.
    pub address: Option<IpAddr>,
    /// Id of the request, if it was one.
    pub request_id: Option<String>,
    /// Outcome.
    pub outcome: String,
}

/// Selection of recorded events. Without bounds, all of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Events about this account.
    pub user_id: Option<UserId>,
    /// Acts of this operator.
    pub actor_id: Option<UserId>,
    /// Events older than this one, in the order of lists.
    pub before: Option<AuditPosition>,
}

/// Position of an event in lists, which have the newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditPosition {
    /// Time of the event.
    pub at: DateTime<Utc>,
    /// Its id.
    pub id: Uuid,
}

impl fmt::Display for AuditChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Command => "command",
            Self::Api => "api",
            Self::Page => "page",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_one_line_of_1_to_200_characters() {
        assert_eq!(Reason::parse("  ticket 42\t").unwrap().as_str(), "ticket 42");
        assert!(Reason::parse(&"я".repeat(200)).is_ok());
        for text in ["", " \u{a0}\n", "two\nlines", "a\u{0}b", &"я".repeat(201)] {
            assert_eq!(Reason::parse(text), Err(InvalidReason), "{text:?}");
        }
    }
}

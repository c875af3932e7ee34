//! Contents of a mail: a notification and its recipient.
//!
//! No kind holds a text that a user wrote: names would carry advertisements to strangers. All of it is serialised: it
//! waits sealed in the outbox, also while replicas of two releases run. A new field needs a default.

use std::fmt;
use std::net::IpAddr;

use chrono::{DateTime, Utc};
use contracts::Language;
use serde::{Deserialize, Serialize};

use crate::proof::{AccountLink, MailCode};

/// What a mail says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notification {
    /// Code that proves the address to the session that asked.
    EmailProof {
        /// The code.
        code: MailCode,
        /// Page where the session enters it.
        link: Option<AccountLink>,
    },
    /// Code that resets the password.
    PasswordReset {
        /// The code.
        code: MailCode,
        /// Page that sets the new password, in any browser.
        link: Option<AccountLink>,
    },
    /// Code to the new mailbox of an account that changes its address.
    EmailChange {
        /// The code.
        code: MailCode,
    },
    /// Code to the present mailbox of an account that changes its address.
    EmailRelease {
        /// The code.
        code: MailCode,
    },
    /// To the present mailbox: the address will change.
    EmailChangeRequested {
        /// Time of the change.
        effective_at: DateTime<Utc>,
        /// Page that cancels it.
        cancel: Option<AccountLink>,
    },
    /// To the former mailbox: the address was changed.
    EmailChanged {
        /// End of the time in which the change can be undone.
        undo_until: DateTime<Utc>,
        /// Page that undoes it.
        undo: Option<AccountLink>,
    },
    /// The address was changed back.
    EmailChangeUndone,
    /// Another account asked for this address, which has an owner.
    EmailRequested,
    /// A claim to the address will be deleted.
    ClaimExpiring {
        /// Time of the deletion.
        deleted_at: DateTime<Utc>,
    },
    /// A social account was linked.
    SocialLinked {
        /// Display name of the provider.
        provider: String,
    },
    /// A social account was unlinked.
    SocialUnlinked {
        /// Display name of the provider.
        provider: String,
    },
    /// An account without a password was given one.
    PasswordSet,
    /// The password was changed.
    PasswordChanged {
        /// `true` when all social accounts were unlinked as well.
        #[serde(default)]
        unlinked: bool,
    },
    /// The password was reset with a code from this mailbox.
    PasswordRecovered,
    /// A session was ended because its refresh token was used by two clients.
    SessionReplayed,
    /// A device was signed in by a code that was entered in a browser.
    DeviceApproved,
    /// The data of the account were downloaded.
    DataExported,
    /// The account was deleted.
    AccountDeleted,
    /// An operator did something to the account.
    ByOperator {
        /// The act.
        act: OperatorAct,
    },
}

/// Act of an operator that the owner is notified of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperatorAct {
    /// Disabled the account.
    Disabled,
    /// Enabled it again.
    Enabled,
    /// Permitted further attempts to sign in.
    Unlocked,
    /// Ended all sessions.
    SessionsEnded,
    /// Took the address from the account.
    EmailFreed,
    /// Recorded the address as proved.
    EmailProved,
    /// Corrected the birth date.
    BirthDateCorrected,
    /// Set another password.
    PasswordReset,
    /// Removed the second factors.
    SecondFactorsReset,
    /// Gave or took roles.
    RolesChanged,
    /// Deleted the account.
    Deleted,
}

impl Notification {
    /// `true` for mails that the recipient waits for and that expire within minutes.
    pub fn is_code(&self) -> bool {
        matches!(
            self,
            Self::EmailProof { .. } | Self::PasswordReset { .. } | Self::EmailChange { .. } | Self::EmailRelease { .. }
        )
    }
}

/// Address of a recipient, as its account has it. Not every login is a mailbox; that is found when a mail is rendered.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Recipient(String);

impl Recipient {
    /// Takes an address as it is.
    pub fn new(address: impl Into<String>) -> Self {
        Self(address.into())
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part after the last `@`; empty when there is none.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

/// Hides the address from logs.
impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recipient(…)")
    }
}

/// A mail to be rendered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// Recipient.
    pub to: Recipient,
    /// Language of the mail.
    pub language: Language,
    /// What it says.
    pub notification: Notification,
    /// Time of the change or of the request.
    pub at: DateTime<Utc>,
    /// Client address of the request, if known.
    pub address: Option<IpAddr>,
    /// Page that frees the address, for recipients who have no account here.
    #[serde(default)]
    pub not_me: Option<AccountLink>,
}

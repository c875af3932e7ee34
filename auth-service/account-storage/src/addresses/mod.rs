//! Login e-mails: proofs, resets of passwords, changes of addresses, and claims that expire.
//!
//! Lock order of every transaction here: rows of `user_logins` by address, rows of the directory by id, codes, budgets of
//! wrong codes; mails come last.

mod change_mails;
mod change_requests;
mod changes;
mod claims;
mod code_guesses;
mod code_mailer;
mod mail_codes;
mod ownership;
mod pending_changes;
mod proofs;
mod resets;
mod undo;

pub use change_requests::{ChangeEmail, ChangeEmailError, ConfirmEmailChange, EmailChangeState, PendingEmailChange};
pub use claims::{FreeClaimOutcome, SocialProof};
pub(super) use code_guesses::refill_code_guesses;
pub use code_mailer::CodeMailer;
pub use mail_codes::{CodeHolder, OpenCode};
pub(super) use ownership::{
    KEEP_WITHOUT_WAY_IN, expire_at, find_user, forget_addresses, has_identity, keep, lock_accounts, release_claim,
};
pub use proofs::{ProofError, ProofRequest};
pub use resets::{CompletedReset, ResetRequest};
pub use undo::UndoneChange;

//! SQL behind [`Store`]: the same entities and statements on SQLite and PostgreSQL. Entities never leave this crate.
//!
//! Placement and partitions are those of [`account_partitions`]; the migrations here create its tables.
//!
//! Statements on `users` carry the whole [`UserKey`](accounts::UserKey); nothing joins into `users`.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test that cannot go on should fail"))]

mod account_events;
mod active_sessions;
mod addresses;
mod audit_events;
mod authorization_codes;
mod claim_expiry;
mod clients;
mod cutoffs;
mod deletions;
mod device_authorizations;
mod end_reasons;
mod entities;
mod export;
mod identities;
mod login_conversion;
mod logins;
mod migrate;
mod migrations;
mod one_time_values;
mod operators;
pub mod outbox;
mod passwords;
pub mod problems;
mod purge;
mod query_plans;
mod replays;
mod role_audit;
mod role_definitions;
mod role_files;
mod role_lock;
mod role_permissions;
mod roles;
mod sessions;
mod sign_ins;
mod social_users;
mod store;
mod surplus_sessions;
mod update_user;
mod user_imports;
mod users;

pub use active_sessions::{EndOthers, EndOthersError, OthersEnded};
pub use addresses::{
    ChangeEmail, ChangeEmailError, CodeHolder, CodeMailer, CompletedReset, ConfirmEmailChange, EmailChangeState,
    FreeClaimOutcome, OpenCode, PendingEmailChange, ProofError, ProofRequest, ResetRequest, SocialProof, UndoneChange,
};
pub use authorization_codes::{CODES_KEPT, UseCodeError, UsedCode};
pub use claim_expiry::{ClaimPage, ClaimPolicy, ExpiredClaim};
pub use clients::{ChangeClientError, ClientRecord, SecretRotation};
pub use deletions::{DeleteUserError, Deleted};
pub use device_authorizations::{DecisionRejected, DeviceCodes, InsertDeviceError, RedeemError};
pub use export::ExportError;
pub use identities::{LinkError, LinkedIdentity, UnlinkError};
pub use login_conversion::{FinishedLogins, LoginConversion, Mailbox, MailboxMember};
pub use one_time_values::FormNonce;
pub use operators::{Acted, FoundUser, MAX_LOGIN_OWNERS, OperatorActError, UNLOCKS_KEPT, UserSearch};
pub use passwords::{FirstPasswordError, PasswordChange, PasswordChanged};
pub use purge::{DELETED_KEPT, Purged, SESSIONS_KEPT};
pub use query_plans::QueryPlan;
pub use role_definitions::DefineRoleError;
pub use roles::{ChangeRoleError, RoleSnapshot};
pub use sessions::InsertSessionError;
pub use social_users::InsertSocialUserOutcome;
pub use store::Store;
pub use update_user::UpdateUserError;
pub use user_imports::{ImportBatch, ImportError, ImportProgress, ImportedBatch, ImportedUser};
pub use users::InsertUserError;

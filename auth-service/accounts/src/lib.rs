//! Accounts and sessions: types and pure rules, without I/O and frameworks.
//!
//! The lowest of three crates: `account-storage` keeps accounts in SQL, `account-flows` has the rules of several steps.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test that cannot go on should fail"))]

mod account_event;
mod audit;
mod birth_date;
mod client_context;
mod code_guesses;
mod device_authorization;
mod display_name;
mod email;
#[cfg(test)]
mod email_spellings;
mod export;
mod identity;
mod lifetimes;
mod login;
mod mail_code;
mod mail_code_keys;
mod password;
mod presented_login;
mod role;
mod role_definitions;
mod role_map;
mod session;
mod sign_in;
mod user;

pub use account_partitions::{Cell, RegionCode};
pub use credentials::tokens::{LateUses, Repeats};
pub use social_providers::{ClientKind, PROVIDER_PLACEHOLDER, RedirectUris};

pub use account_event::{AccountEvent, AccountEventKind};
pub use audit::{
    AuditAction, AuditActor, AuditChannel, AuditContext, AuditEvent, AuditFilter, AuditOutcome, AuditPosition,
    AuditRecord, InvalidReason, MAX_REASON_CHARS, Reason,
};
pub use birth_date::{BirthDate, InvalidBirthDate};
pub use client_context::ClientContext;
pub use code_guesses::{CodeGuesses, DAY as GUESS_PERIOD, MAX_WRONG_OF_ACCOUNT, MAX_WRONG_OF_NETWORK};
pub use device_authorization::{DeviceAuthorization, DeviceClaim, DeviceDecision, DeviceRequest, RedeemedDevice};
pub use display_name::{DisplayName, InvalidDisplayName};
pub use email::{Email, EmailPolicy, InvalidEmail, MAX_EMAIL_BYTES};
pub use export::{ExportedAct, ExportedEmailChange, ExportedLogin, ExportedSession};
pub use identity::{Identity, IdentityKey, MAX_IDENTITIES, NewIdentity};
pub use lifetimes::Lifetimes;
pub use login::Login;
pub use mail_code::{
    CODE_DIGITS, CODE_VALIDITY, CodeBinding, CodePurpose, InvalidCode, IssuedCode, MAX_TRIES, OPEN_CODES, OpenedLink,
    TypedCode, UNDO_VALIDITY, purpose_number,
};
pub use mail_code_keys::MailCodes;
pub use password::{InvalidPassword, NewPassword, Password, PasswordTooCommon};
pub use presented_login::{FormerLogin, PresentedLogin};
pub use role::{MAX_PERMISSIONS_OF_ROLE, MAX_ROLES, MAX_ROLES_OF_USER, PermissionName, Role, RoleChange, RoleName};
pub use role_definitions::{DefinedRole, RoleDefinitions, RoleDefinitionsError};
pub use role_map::RoleMap;
pub use session::{EndReason, MAX_SESSIONS, NewSession, OpenSession, Rotation, SessionGrant, SessionRecord};
pub use sign_in::{ClientLocation, SignIn, SignInMethod, SignInResult};
pub use user::{NewUser, User, UserChange, UserKey, UserStatus};

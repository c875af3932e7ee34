//! Rules of several steps. They know no HTTP, settings or pages; [`problems`] turns their errors into problem codes.
//!
//! A rule is a method of the service that holds what it needs (`accounts`, `passwords`, `password_attempt`, `sessions`,
//! `roles`, `social`, `caches`), one file a rule; `services` builds them. Their fields are private to this crate.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test that cannot go on should fail"))]

mod accounts;
mod active_sessions;
mod addresses;
mod administrators;
mod caches;
mod change_password;
mod check_token;
mod client_tokens;
mod clients;
mod code_grants;
mod current_user;
mod delete_account;
mod device_grants;
mod ensure_admin;
mod export_account;
mod freshness;
pub mod history;
mod known_devices;
mod log_in;
mod log_out;
mod log_out_others;
mod metrics;
mod notify_owner;
mod open_session;
mod operators;
mod password_attempt;
mod passwords;
mod prepare;
pub mod problems;
mod purge;
mod refresh_session;
mod reset_password;
mod resume_session;
mod roles;
mod services;
mod sessions;
mod set_password;
mod sign_in_history;
mod sign_up;
mod social;
mod token_pair;
mod token_target;
mod unlocks;
mod update_account;

pub use self::accounts::Accounts;
pub use active_sessions::EndSessionError;
pub use addresses::{AddressMaintenance, Addresses, ConfirmReset, ConfirmResetError, RequestChangeError, ResetSecret};
pub use caches::{Caches, watch_keys};
pub use change_password::{ChangePassword, ChangePasswordError, PasswordAccount};
pub use client_tokens::{ClientToken, GrantClientTokenError};
pub use clients::{ClientUpdate, ManageClientError, OauthClients, SharedClientTable};
pub use code_grants::{BrowserSignIn, CodeGrants, CodeTokens, PresentedCode, RedeemCodeError};
pub use current_user::{CurrentUser, find_current_user};
pub use delete_account::DeleteAccountError;
pub use device_grants::{
    DecideDevice, DecideDeviceError, DeviceGrants, PollDeviceError, StartDeviceError, StartedDevice,
};
pub use ensure_admin::{EnsureAdminError, FIRST_ADMIN, NewAdmin, random_password};
pub use export_account::{AccountExport, ExportAccountError, MAX_EXPORTED_SIGN_INS};
pub use known_devices::KnownDevices;
pub use log_in::{LogIn, LogInError};
pub use log_out::PresentedToken;
pub use log_out_others::{LogOutOthers, LogOutOthersError};
pub use operators::{
    AuditLogError, CorrectBirthDateError, FindUsersError, OperatorSessionError, Operators, SearchPage, UserDetails,
};
pub use password_attempt::{
    AttemptBudgets, AttemptError, AttemptSubject, AttemptUnits, PasswordAttempt, PasswordAttempts, Screen,
};
pub use passwords::Passwords;
pub use prepare::{migrate_if_available, migrate_later, read_at_start};
pub use purge::purge_hourly;
pub use refresh_session::RefreshError;
pub use reset_password::ResetPasswordError;
pub use roles::{Roles, RolesNotRead};
pub use services::{Services, SharedParts};
pub use sessions::Sessions;
pub use set_password::{FirstLogin, SetPasswordError};
pub use sign_in_history::{HistoryRange, SignInHistoryError};
pub use sign_up::{SignUp, SignUpError, SignUpFormError};
pub use social::{
    AuthorizationUrl, CallbackInput, SocialError, SocialSignIn, TRANSACTION_ID, UnlinkAccountError, transaction_of,
};
pub use token_pair::{IssueError, TokenPair};
pub use token_target::{TokenRequest, TokenTargetError};
pub use unlocks::Unlocks;
pub use update_account::{UpdateAccount, UpdateAccountError};

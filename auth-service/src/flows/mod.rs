//! Rules of several steps. They know no HTTP; `error.rs` turns their errors into replies.
//!
//! A rule is a method of the service that holds what it needs (`accounts`, `passwords`, `password_attempt`, `sessions`,
//! `roles`, `social`, `caches`), one file a rule; `services.rs` builds the services.

mod accounts;
mod caches;
mod change_password;
mod current_user;
mod delete_me;
mod devices;
mod ensure_admin;
mod freshness;
mod known_devices;
mod log_in;
mod log_out;
mod notify_owner;
mod open_session;
mod password_attempt;
mod passwords;
mod prepare;
mod refresh_session;
mod reset_password;
mod resume_session;
mod roles;
mod sessions;
mod set_password;
mod sign_in_history;
mod sign_up;
mod social;
mod token_pair;
mod update_me;

pub use accounts::Accounts;
pub use caches::{Caches, SharedRegionMap, watch_keys};
pub use change_password::{ChangePassword, ChangePasswordError, WithPassword};
pub use current_user::{CurrentUser, find_current_user};
pub use delete_me::DeleteMeError;
pub use devices::EndSessionError;
pub use ensure_admin::{EnsureAdminError, FIRST_ADMIN, NewAdmin, random_password};
pub use known_devices::KnownDevices;
pub use log_in::{LogIn, LogInError};
pub use password_attempt::{AttemptBudgets, AttemptError, AttemptSubject, PasswordAttempt, PasswordAttempts, Screen};
pub use passwords::Passwords;
pub use prepare::{migrate_if_available, migrate_later, read_at_start};
pub use refresh_session::RefreshError;
pub use reset_password::ResetPasswordError;
pub use roles::Roles;
pub use sessions::Sessions;
pub use set_password::{FirstLogin, SetPasswordError};
pub use sign_in_history::{HistoryRange, SignInHistoryError};
pub use sign_up::{SignUp, SignUpError};
pub use social::{
    AuthorizationUrl, CallbackInput, ClientKind, ProviderGrants, SocialError, SocialSetup, SocialSignIn,
    TRANSACTION_ID, transaction_of,
};
pub use token_pair::{IssueError, TokenPair};
pub use update_me::{UpdateMe, UpdateMeError};

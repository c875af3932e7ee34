//! Rules of several steps. They know no HTTP; `error.rs` turns their errors into replies.

mod address_failures;
mod bot_filter;
mod change_password;
mod change_roles;
mod current_user;
mod delete_me;
mod devices;
mod ensure_admin;
mod freshness;
mod known_devices;
mod log_in;
mod log_out;
mod maintain;
mod notify_owner;
mod open_session;
mod partition_maintenance;
mod password_attempt;
mod prepare;
mod rebalance;
mod refresh_session;
mod reset_password;
mod resume_session;
mod set_password;
mod sign_in_history;
mod sign_up;
mod social;
mod token_pair;
mod update_me;
mod watch;

pub use address_failures::AddressFailures;
pub use bot_filter::{
    BotFilter, BotFilterError, CaptchaProof, OutcomeQueue, SignInContext, check_sign_up_form, sign_up_form,
};
pub use change_password::{ChangePassword, ChangePasswordError, WithPassword, change_password, find_with_password};
pub use change_roles::{assign_role, revoke_role};
pub use current_user::{CurrentUser, find_current_user};
pub use delete_me::{DeleteMeError, delete_me};
pub use devices::{EndSessionError, end_session, list_sessions, log_out_others};
pub use ensure_admin::{EnsureAdminError, FIRST_ADMIN, NewAdmin, create_admin, ensure_admin, random_password};
pub use known_devices::{KnownDevice, KnownDevices};
pub use log_in::{LogIn, LogInError, log_in};
pub use log_out::log_out;
pub use maintain::{MaintenanceStatus, maintain, maintain_once};
pub use partition_maintenance::{MaintenanceRun, Steps, maintain_partitions};
pub use password_attempt::{
    AttemptBudgets, AttemptError, AttemptSubject, PasswordAttempt, Screen, account_key, sign_in_context,
};
pub use prepare::{migrate_if_available, migrate_later, read_at_start};
pub use rebalance::{Rebalance, RebalanceProgress, rebalance};
pub use refresh_session::{RefreshError, refresh_session};
pub use reset_password::{ResetPasswordError, reset_password};
pub use resume_session::resume_session;
pub use set_password::{FirstLogin, SetPasswordError, check_first_password, set_password};
pub use sign_in_history::{HistoryRange, SignInHistoryError, list_sign_ins};
pub use sign_up::{SignUp, SignUpError, check_sign_up, open_first_session, sign_up};
pub use social::{
    AuthorizationUrl, CallbackInput, ClientKind, SocialError, SocialSetup, TRANSACTION_ID, finish_social_link,
    finish_social_sign_in, start_social_link, start_social_sign_in, transaction_of, unlink_social_account,
};
pub use token_pair::{IssueError, TokenPair};
pub use update_me::{UpdateMe, UpdateMeError, update_me};
pub use watch::{poll_revocations, read_region_map, watch_keys, watch_region_map, watch_revocations};

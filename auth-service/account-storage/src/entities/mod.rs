//! sea-orm entities, one file per table. They stay inside `storage`.

pub mod account_event;
pub mod audit_event;
pub mod authorization_code;
pub mod claim_expiry;
pub mod code_guess;
pub mod device_authorization;
pub mod email_change;
pub mod identity;
pub mod mail_code;
pub mod oauth_client;
pub mod oauth_client_revision;
pub mod oauth_client_secret;
pub mod permission;
pub mod role;
pub mod role_permission;
pub mod role_revision;
pub mod session;
pub mod sign_in;
pub mod spent_ticket;
pub mod token_cutoff;
pub mod user;
pub mod user_directory;
pub mod user_import;
pub mod user_login;
pub mod user_role;
pub mod user_unlock;

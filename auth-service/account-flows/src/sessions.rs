//! Sessions: opened, refreshed, resumed, listed and ended. The rules are in a file each.

use std::sync::Arc;
use std::time::Duration;

use account_storage::Store;
use accounts::Lifetimes;
use credentials::tokens::{AccessTokens, RefreshTokens};
use oauth_clients::Resources;
use outbox::Outbox;
use service_kit::Clock;
use token_verifier::Revocations;

use super::caches::{SharedRegionMap, SharedRoleMap};

/// Sessions of all accounts, and their tokens.
pub struct Sessions {
    /// SQL.
    pub(super) store: Store,
    /// What access tokens are for.
    pub(super) resources: Arc<Resources>,
    /// Issues access tokens.
    pub(super) access_tokens: Arc<AccessTokens>,
    /// Issues and parses refresh tokens.
    pub(super) refresh_tokens: RefreshTokens,
    /// Access tokens revoked before they expire.
    pub(super) revocations: Arc<Revocations>,
    /// Ages and age limits in access tokens.
    pub(super) region_map: SharedRegionMap,
    /// Permissions of all roles.
    pub(super) role_map: SharedRoleMap,
    /// Mails to owners.
    pub(super) outbox: Outbox,
    /// Lifetimes of tokens and sessions.
    pub(super) lifetimes: Lifetimes,
    /// Current time.
    pub(super) clock: Arc<dyn Clock>,
}

impl Sessions {
    /// Maximum lifetime of a session, independent of refreshes.
    pub fn max_age(&self) -> Duration {
        self.lifetimes.session
    }
}

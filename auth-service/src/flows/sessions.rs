//! Sessions: opened, refreshed, resumed, listed and ended. The rules are in a file each.

use std::sync::Arc;

use credentials::tokens::{AccessTokens, RefreshTokens};
use service_kit::Clock;
use token_verifier::Revocations;

use super::caches::SharedRegionMap;
use crate::config::Lifetimes;
use crate::storage::Store;

/// Sessions of all accounts, and their tokens.
pub struct Sessions {
    /// SQL.
    pub store: Store,
    /// Issues access tokens.
    pub access_tokens: Arc<AccessTokens>,
    /// Issues and parses refresh tokens.
    pub refresh_tokens: RefreshTokens,
    /// Access tokens revoked before they expire.
    pub revocations: Arc<Revocations>,
    /// Ages and age limits in access tokens.
    pub region_map: SharedRegionMap,
    /// Lifetimes of tokens and sessions.
    pub lifetimes: Lifetimes,
    /// Current time.
    pub clock: Arc<dyn Clock>,
}

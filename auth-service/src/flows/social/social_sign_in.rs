//! Sign-in with accounts at providers.

use std::sync::Arc;

use mailer::MailQueue;
use service_kit::Clock;
use social_providers::Providers;

use super::grant::ProviderGrants;
use super::setup::SocialSetup;
use crate::flows::caches::SharedRegionMap;
use crate::flows::sessions::Sessions;
use crate::history::FailedSignIns;
use crate::storage::Store;

/// Sign-in, sign-up, linking and unlinking with accounts at providers.
pub struct SocialSignIn {
    /// SQL.
    pub store: Store,
    /// Enabled providers.
    pub providers: Providers,
    /// Keys and redirect URIs.
    pub setup: SocialSetup,
    /// Grants of identities.
    pub grants: Arc<ProviderGrants>,
    /// Sessions of the accounts.
    pub sessions: Arc<Sessions>,
    /// Queue of failed sign-ins for the history.
    pub failed_sign_ins: FailedSignIns,
    /// Cells of new accounts.
    pub region_map: SharedRegionMap,
    /// Queue of mails to users.
    pub mails: Arc<MailQueue>,
    /// Current time.
    pub clock: Arc<dyn Clock>,
}

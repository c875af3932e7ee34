//! Sign-in with accounts at providers.

use std::sync::Arc;

use account_storage::Store;
use accounts::{EmailPolicy, RedirectUris};
use outbox::Outbox;
use service_kit::{Clock, Sealer};
use social_providers::Providers;

use super::grant::ProviderGrants;
use crate::caches::SharedRegionMap;
use crate::history::FailedSignIns;
use crate::sessions::Sessions;

/// Sign-in, sign-up, linking and unlinking with accounts at providers.
pub struct SocialSignIn {
    /// SQL.
    pub(crate) store: Store,
    /// Enabled providers.
    pub(crate) providers: Providers,
    /// Redirect URIs of the account page and of apps.
    pub(crate) redirect_uris: RedirectUris,
    /// Seals login states.
    pub(crate) login_states: Sealer,
    /// Grants of identities.
    pub(crate) grants: Arc<ProviderGrants>,
    /// Sessions of the accounts.
    pub(crate) sessions: Arc<Sessions>,
    /// Rule for addresses that become logins.
    pub(crate) emails: EmailPolicy,
    /// Queue of failed sign-ins for the history.
    pub(crate) failed_sign_ins: FailedSignIns,
    /// Cells of new accounts.
    pub(crate) region_map: SharedRegionMap,
    /// Mails to users.
    pub(crate) outbox: Outbox,
    /// Current time.
    pub(crate) clock: Arc<dyn Clock>,
}

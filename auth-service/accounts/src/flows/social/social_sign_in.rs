//! Sign-in with accounts at providers.

use std::sync::Arc;

use outbox::Outbox;
use service_kit::{Clock, Sealer};
use social_providers::Providers;

use super::grant::ProviderGrants;
use crate::domain::{EmailPolicy, RedirectUris};
use crate::flows::caches::SharedRegionMap;
use crate::flows::sessions::Sessions;
use crate::history::FailedSignIns;
use crate::storage::Store;

/// Sign-in, sign-up, linking and unlinking with accounts at providers.
pub struct SocialSignIn {
    /// SQL.
    pub(in crate::flows) store: Store,
    /// Enabled providers.
    pub(in crate::flows) providers: Providers,
    /// Redirect URIs of the account page and of apps.
    pub(in crate::flows) redirect_uris: RedirectUris,
    /// Seals login states.
    pub(in crate::flows) login_states: Sealer,
    /// Grants of identities.
    pub(in crate::flows) grants: Arc<ProviderGrants>,
    /// Sessions of the accounts.
    pub(in crate::flows) sessions: Arc<Sessions>,
    /// Rule for addresses that become logins.
    pub(in crate::flows) emails: EmailPolicy,
    /// Queue of failed sign-ins for the history.
    pub(in crate::flows) failed_sign_ins: FailedSignIns,
    /// Cells of new accounts.
    pub(in crate::flows) region_map: SharedRegionMap,
    /// Mails to users.
    pub(in crate::flows) outbox: Outbox,
    /// Current time.
    pub(in crate::flows) clock: Arc<dyn Clock>,
}

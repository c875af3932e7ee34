//! The services of the running process: each gets the parts that it needs.

use std::sync::Arc;

use account_storage::{CodeMailer, Store};
use accounts::{EmailPolicy, Lifetimes, RedirectUris};
use arc_swap::ArcSwap;
use bot_filter::{AddressFailures, BotFilter, CaptchaScreening};
use code_grant::CodeSealer;
use credentials::hashing::HashPool;
use credentials::tokens::{AccessTokens, RefreshTokens};
use device_grant::{PollTimes, UserCodeKey};
use oauth_clients::{Client, ClientTable, Resources};
use outbox::Outbox;
use service_kit::Clock;
use social_providers::Providers;
use token_verifier::Revocations;

use super::accounts::Accounts;
use super::addresses::Addresses;
use super::caches::{Caches, SharedRegionMap, SharedRoleMap};
use super::clients::OauthClients;
use super::code_grants::CodeGrants;
use super::device_grants::DeviceGrants;
use super::known_devices::KnownDevices;
use super::operators::Operators;
use super::password_attempt::PasswordAttempts;
use super::passwords::Passwords;
use super::roles::Roles;
use super::sessions::Sessions;
use super::social::{ProviderGrants, SocialSignIn, login_state_sealer};
use super::unlocks::Unlocks;
use crate::history::FailedSignIns;

/// Parts from which the services are built; several services share each.
pub struct SharedParts {
    /// SQL.
    pub store: Store,
    /// Threads that hash passwords.
    pub hashing: Arc<HashPool>,
    /// Issues and verifies access tokens.
    pub access_tokens: Arc<AccessTokens>,
    /// Access tokens revoked before they expire.
    pub revocations: Arc<Revocations>,
    /// Enabled social providers.
    pub providers: Providers,
    /// Queue of failed sign-ins for the history.
    pub failed_sign_ins: FailedSignIns,
    /// Mails to users.
    pub outbox: Outbox,
    /// Lifetimes of tokens and sessions.
    pub lifetimes: Lifetimes,
    /// OAuth clients of the operator's file.
    pub clients: Vec<Client>,
    /// What access tokens are for.
    pub resources: Arc<Resources>,
    /// Rule for addresses that become logins.
    pub emails: EmailPolicy,
    /// Redirect URIs of social sign-in.
    pub redirect_uris: RedirectUris,
    /// Current time.
    pub clock: Arc<dyn Clock>,
}

/// The services.
pub struct Services {
    /// Accounts.
    pub accounts: Accounts,
    /// Login e-mails.
    pub addresses: Addresses,
    /// Passwords.
    pub passwords: Passwords,
    /// The path on which passwords are tried.
    pub attempts: PasswordAttempts,
    /// Bot filter.
    pub bot_filter: Arc<BotFilter>,
    /// Credentials of devices that accounts have used before.
    pub known_devices: Arc<KnownDevices>,
    /// Sessions.
    pub sessions: Arc<Sessions>,
    /// Roles.
    pub roles: Roles,
    /// Acts of operators.
    pub operators: Operators,
    /// Sign-in with accounts at providers.
    pub social: SocialSignIn,
    /// OAuth clients.
    pub clients: OauthClients,
    /// Devices that sign in by a code.
    pub devices: DeviceGrants,
    /// Apps that sign their users in by a browser.
    pub code_grants: CodeGrants,
    /// Revocations, permissions of roles, OAuth clients, and regions in memory.
    pub caches: Arc<Caches>,
}

impl Services {
    /// Builds the services. `secret` is the key that all replicas share.
    pub fn new(parts: &SharedParts, secret: &[u8], captcha: Option<CaptchaScreening>) -> Self {
        super::metrics::describe();
        let (region_map, role_map) = (SharedRegionMap::default(), SharedRoleMap::default());
        let sessions = Arc::new(parts.sessions(secret, &region_map, &role_map));
        let grants = Arc::new(ProviderGrants::new(secret, parts.providers.clone()));
        let (store, clock) = (parts.store.clone(), Arc::clone(&parts.clock));
        let known_devices = Arc::new(KnownDevices::new(secret, parts.lifetimes.session, store, clock));
        let address_failures = Arc::<AddressFailures>::default();
        let unlocks = Arc::<Unlocks>::default();
        let (clients, devices) = (parts.clients(), parts.devices(secret, &sessions));
        let bot_filter = Arc::new(BotFilter::new(captcha, Arc::clone(&address_failures), Arc::clone(&parts.clock)));
        Self {
            accounts: parts.accounts(&sessions, &grants, &region_map),
            addresses: parts.addresses(secret, &sessions, &grants),
            passwords: parts.passwords(&sessions, &grants),
            attempts: PasswordAttempts {
                hashing: Arc::clone(&parts.hashing),
                known_devices: Arc::clone(&known_devices),
                address_failures,
                bot_filter: Arc::clone(&bot_filter),
                unlocks: Arc::clone(&unlocks),
            },
            roles: Roles {
                store: parts.store.clone(),
                revocations: Arc::clone(&parts.revocations),
                role_map: Arc::clone(&role_map),
                outbox: parts.outbox.clone(),
            },
            operators: parts.operators(&sessions, &grants, &region_map, &unlocks),
            social: parts.social(secret, &sessions, grants, &region_map),
            caches: Arc::new(Caches {
                store: parts.store.clone(),
                revocations: Arc::clone(&parts.revocations),
                unlocks,
                role_map,
                clients: Arc::clone(&clients.table),
                device_decisions: Arc::clone(&devices.decisions),
                region_map,
                clock: Arc::clone(&parts.clock),
            }),
            code_grants: CodeGrants {
                store: parts.store.clone(),
                sessions: Arc::clone(&sessions),
                codes: CodeSealer::new(secret),
                clock: Arc::clone(&parts.clock),
            },
            clients,
            devices,
            bot_filter,
            known_devices,
            sessions,
        }
    }
}

impl SharedParts {
    fn sessions(&self, secret: &[u8], region_map: &SharedRegionMap, role_map: &SharedRoleMap) -> Sessions {
        Sessions {
            store: self.store.clone(),
            resources: Arc::clone(&self.resources),
            access_tokens: Arc::clone(&self.access_tokens),
            refresh_tokens: RefreshTokens::new(secret),
            revocations: Arc::clone(&self.revocations),
            region_map: Arc::clone(region_map),
            role_map: Arc::clone(role_map),
            outbox: self.outbox.clone(),
            lifetimes: self.lifetimes,
            clock: Arc::clone(&self.clock),
        }
    }

    fn clients(&self) -> OauthClients {
        OauthClients {
            store: self.store.clone(),
            table: Arc::new(ArcSwap::from_pointee(ClientTable::new(self.clients.clone()))),
            resources: Arc::clone(&self.resources),
            clock: Arc::clone(&self.clock),
        }
    }

    fn devices(&self, secret: &[u8], sessions: &Arc<Sessions>) -> DeviceGrants {
        DeviceGrants {
            store: self.store.clone(),
            sessions: Arc::clone(sessions),
            user_codes: UserCodeKey::new(secret),
            polls: PollTimes::default(),
            decisions: Arc::default(),
            outbox: self.outbox.clone(),
            clock: Arc::clone(&self.clock),
        }
    }

    fn accounts(
        &self,
        sessions: &Arc<Sessions>,
        grants: &Arc<ProviderGrants>,
        region_map: &SharedRegionMap,
    ) -> Accounts {
        Accounts {
            store: self.store.clone(),
            hashing: Arc::clone(&self.hashing),
            sessions: Arc::clone(sessions),
            revocations: Arc::clone(&self.revocations),
            region_map: Arc::clone(region_map),
            providers: self.providers.clone(),
            grants: Arc::clone(grants),
            outbox: self.outbox.clone(),
            clock: Arc::clone(&self.clock),
        }
    }

    fn addresses(&self, secret: &[u8], sessions: &Arc<Sessions>, grants: &Arc<ProviderGrants>) -> Addresses {
        Addresses {
            store: self.store.clone(),
            mailer: CodeMailer::new(secret, self.outbox.clone()),
            hashing: Arc::clone(&self.hashing),
            sessions: Arc::clone(sessions),
            revocations: Arc::clone(&self.revocations),
            grants: Arc::clone(grants),
            clock: Arc::clone(&self.clock),
        }
    }

    fn passwords(&self, sessions: &Arc<Sessions>, grants: &Arc<ProviderGrants>) -> Passwords {
        Passwords {
            store: self.store.clone(),
            hashing: Arc::clone(&self.hashing),
            sessions: Arc::clone(sessions),
            revocations: Arc::clone(&self.revocations),
            failed_sign_ins: self.failed_sign_ins.clone(),
            grants: Arc::clone(grants),
            outbox: self.outbox.clone(),
            clock: Arc::clone(&self.clock),
        }
    }

    fn operators(
        &self,
        sessions: &Arc<Sessions>,
        grants: &Arc<ProviderGrants>,
        region_map: &SharedRegionMap,
        unlocks: &Arc<Unlocks>,
    ) -> Operators {
        Operators {
            store: self.store.clone(),
            sessions: Arc::clone(sessions),
            revocations: Arc::clone(&self.revocations),
            unlocks: Arc::clone(unlocks),
            region_map: Arc::clone(region_map),
            grants: Arc::clone(grants),
            outbox: self.outbox.clone(),
            clock: Arc::clone(&self.clock),
        }
    }

    fn social(
        &self,
        secret: &[u8],
        sessions: &Arc<Sessions>,
        grants: Arc<ProviderGrants>,
        region_map: &SharedRegionMap,
    ) -> SocialSignIn {
        SocialSignIn {
            store: self.store.clone(),
            providers: self.providers.clone(),
            redirect_uris: self.redirect_uris.clone(),
            login_states: login_state_sealer(secret),
            emails: self.emails,
            grants,
            sessions: Arc::clone(sessions),
            failed_sign_ins: self.failed_sign_ins.clone(),
            region_map: Arc::clone(region_map),
            outbox: self.outbox.clone(),
            clock: Arc::clone(&self.clock),
        }
    }
}

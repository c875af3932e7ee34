//! The services of the running process: each gets the parts that it needs.

use std::sync::Arc;

use account_partitions::MaintenanceWorker;
use bot_filter::{AddressFailures, BotFilter, CaptchaScreening};
use credentials::hashing::HashPool;
use credentials::tokens::{AccessTokens, RefreshTokens};
use mailer::MailQueue;
use service_kit::{Clock, Limits};
use social_providers::Providers;
use token_verifier::Revocations;

use crate::client_locator::ClientLocator;
use crate::config::Config;
use crate::flows::{
    Accounts, Caches, KnownDevices, PasswordAttempts, Passwords, ProviderGrants, Roles, Sessions, SharedRegionMap,
    SocialSetup, SocialSignIn,
};
use crate::history::FailedSignIns;
use crate::state::AppState;
use crate::storage::Store;

/// Parts that several services share.
pub(crate) struct SharedParts {
    pub store: Store,
    pub hashing: Arc<HashPool>,
    pub access_tokens: Arc<AccessTokens>,
    pub revocations: Arc<Revocations>,
    pub providers: Providers,
    pub failed_sign_ins: FailedSignIns,
    pub mails: Arc<MailQueue>,
    pub limits: Limits,
    pub clock: Arc<dyn Clock>,
}

impl SharedParts {
    /// Builds the services. `secret` is the key that all replicas share.
    pub fn into_state(self, config: &Config, secret: &[u8], captcha: Option<CaptchaScreening>) -> AppState {
        let region_map = SharedRegionMap::default();
        let sessions = Arc::new(self.sessions(config, secret, &region_map));
        let grants = Arc::new(ProviderGrants::new(secret, self.providers.clone()));
        let known_devices = Arc::new(KnownDevices::new(secret, config.lifetimes.session));
        let address_failures = Arc::<AddressFailures>::default();
        let bot_filter = Arc::new(self.bot_filter(captcha, &address_failures));
        let app = config.social.app_redirect_uri.clone();
        let setup = SocialSetup::new(secret, &config.issuer, app);
        AppState {
            accounts: self.accounts(&sessions, &grants, &region_map),
            passwords: self.passwords(&sessions, &grants),
            attempts: self.attempts(&known_devices, address_failures, &bot_filter),
            roles: Roles {
                store: self.store.clone(),
                revocations: Arc::clone(&self.revocations),
                clock: Arc::clone(&self.clock),
            },
            social: self.social(setup, &sessions, grants, &region_map),
            maintenance: MaintenanceWorker::new(self.store.partitions().clone(), Arc::clone(&self.clock)),
            caches: Arc::new(Caches {
                store: self.store.clone(),
                revocations: Arc::clone(&self.revocations),
                region_map,
                clock: Arc::clone(&self.clock),
            }),
            bot_filter,
            known_devices,
            sessions,
            store: self.store,
            access_tokens: self.access_tokens,
            client_locator: ClientLocator::new(config.limits.clients.clone(), config.client_region_header.clone()),
            providers: self.providers,
            limits: self.limits,
            issuer: config.issuer.clone(),
            clock: self.clock,
        }
    }

    fn sessions(&self, config: &Config, secret: &[u8], region_map: &SharedRegionMap) -> Sessions {
        Sessions {
            store: self.store.clone(),
            access_tokens: Arc::clone(&self.access_tokens),
            refresh_tokens: RefreshTokens::new(secret),
            revocations: Arc::clone(&self.revocations),
            region_map: Arc::clone(region_map),
            lifetimes: config.lifetimes,
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
            grants: Arc::clone(grants),
            mails: Arc::clone(&self.mails),
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
            providers: self.providers.clone(),
            grants: Arc::clone(grants),
            mails: Arc::clone(&self.mails),
            clock: Arc::clone(&self.clock),
        }
    }

    fn bot_filter(&self, captcha: Option<CaptchaScreening>, address_failures: &Arc<AddressFailures>) -> BotFilter {
        BotFilter { captcha, address_failures: Arc::clone(address_failures), clock: Arc::clone(&self.clock) }
    }

    fn attempts(
        &self,
        known_devices: &Arc<KnownDevices>,
        address_failures: Arc<AddressFailures>,
        bot_filter: &Arc<BotFilter>,
    ) -> PasswordAttempts {
        PasswordAttempts {
            store: self.store.clone(),
            hashing: Arc::clone(&self.hashing),
            known_devices: Arc::clone(known_devices),
            address_failures,
            bot_filter: Arc::clone(bot_filter),
            clock: Arc::clone(&self.clock),
        }
    }

    fn social(
        &self,
        setup: SocialSetup,
        sessions: &Arc<Sessions>,
        grants: Arc<ProviderGrants>,
        region_map: &SharedRegionMap,
    ) -> SocialSignIn {
        SocialSignIn {
            store: self.store.clone(),
            providers: self.providers.clone(),
            setup,
            grants,
            sessions: Arc::clone(sessions),
            failed_sign_ins: self.failed_sign_ins.clone(),
            region_map: Arc::clone(region_map),
            mails: Arc::clone(&self.mails),
            clock: Arc::clone(&self.clock),
        }
    }
}

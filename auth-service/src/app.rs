//! Building the service from its settings, and running it.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use actix_web::web;
use bot_filter::OutcomeQueue;
use chrono::{DateTime, Utc};
use credentials::hashing::HashPool;
use credentials::tokens::AccessTokens;
use mailer::{MailDefaults, MailTexts, MailTransport};
use outbox::{MailWorker, Outbox, RetryPolicy};
use secrecy::ExposeSecret;
use service_kit::database::Retry;
use service_kit::io_error::io;
use service_kit::server::authorization::ServiceClients;
use service_kit::server::{self, OriginSource, RunningServer, ServerSettings, listen_for_signals};
use service_kit::{Clock, Limits};
use social_providers::Providers;
use token_verifier::Revocations;
use tokio::task::JoinSet;

use crate::client_origins::ClientOrigins;
use crate::config::Config;
use crate::pages::PageSecrets;
use crate::readiness;
use crate::routes::routes;
use crate::startup::{build_captcha_screening, build_mail_transport, create_data_folder, open_keys, service_clients};
use crate::state::AppState;
use account_flows::history::{FailedSignIns, FailureQueue, write_failures};
use account_flows::{AddressMaintenance, Services, SharedParts};
use account_storage::Store;
use accounts::RedirectUris;

pub use crate::startup::StartError;

/// Bound on remembered ended sessions and on remembered users with a cut-off; at most about 20 MiB each.
const MAX_REVOCATIONS: usize = 200_000;

/// The service, built but not listening.
pub struct App {
    state: Arc<AppState>,
    /// Keys that seal cookies and authenticate forms.
    page_secrets: web::Data<PageSecrets>,
    server: ServerSettings,
    limits: Limits,
    clients: web::Data<ServiceClients>,
    failures: FailureQueue,
    mails: (Outbox, MailTransport, MailDefaults),
    mails_per_day: u32,
    outcomes: Option<OutcomeQueue>,
    revocations_read_at: Option<DateTime<Utc>>,
    /// Hourly work on addresses.
    addresses: AddressMaintenance,
    /// Migrations that are still to be run, once the database is writable.
    migrations: Option<Retry>,
}

/// The running service.
pub struct RunningApp {
    state: Arc<AppState>,
    server: RunningServer,
    mail_worker: MailWorker,
    tasks: JoinSet<()>,
}

/// Builds the service: opens the database, migrates it where the settings say so, reads keys and clients. An
/// unavailable database is no error: the service starts and answers what needs no SQL.
///
/// # Errors
/// [`StartError`].
pub async fn build(config: Config, clock: Arc<dyn Clock>) -> Result<App, StartError> {
    let providers = config.providers.build(&clock)?;
    build_with(config, clock, providers).await
}

/// Like [`build`], with `providers` instead of those of the settings.
///
/// # Errors
/// [`StartError`].
pub async fn build_with(config: Config, clock: Arc<dyn Clock>, providers: Providers) -> Result<App, StartError> {
    create_data_folder(&config)?;
    let url = config.database_url.clone();
    let store = Store::open(url.expose_secret(), config.database_connections).await?;
    let store = store.with_policy(config.maintenance).with_roles(config.roles.clone());
    let migrations = match config.migrate {
        true => account_flows::migrate_if_available(&store, clock.now()).await?,
        false => None,
    };
    let (keys, refresh_key) = open_keys(&config, &clock)?;
    let limits = Limits::new(&config.limits);
    let audiences: Vec<_> = config.resources.names().collect();
    let (keys, issuer, ttl) = (Arc::new(keys), config.issuer.clone(), config.lifetimes.access_token);
    let access_tokens = AccessTokens::new(keys, issuer, &audiences, ttl);
    let clients = web::Data::new(ServiceClients::new(&service_clients(&config)?));
    let (failed_sign_ins, failures) = FailedSignIns::new();
    let outbox = Outbox::new(refresh_key.expose_secret().as_bytes(), Arc::clone(&clock));
    let (transport, defaults) = build_mail_transport(&config);
    let (captcha, outcomes) = build_captcha_screening(&config, &refresh_key, &limits)?.unzip();
    let access_tokens = Arc::new(access_tokens);
    let parts = SharedParts {
        hashing: Arc::new(HashPool::start(&config.hashing).map_err(io("cannot start threads for hashing"))?),
        revocations: Arc::new(Revocations::new(access_tokens.retention(), MAX_REVOCATIONS)),
        store,
        access_tokens,
        providers,
        failed_sign_ins,
        outbox: outbox.clone(),
        lifetimes: config.lifetimes,
        clients: config.clients.clone(),
        resources: Arc::new(config.resources.clone()),
        emails: config.mails.policy,
        redirect_uris: RedirectUris { site: config.issuer.clone(), app: config.social.app_redirect_uri.clone() },
        clock,
    };
    let services = Services::new(&parts, refresh_key.expose_secret().as_bytes(), captcha);
    let state = Arc::new(AppState::new(services, parts, &config, limits.clone()));
    let revocations_read_at = account_flows::read_at_start(&state.caches, url.expose_secret()).await;
    if let Some(id) = state.clients.table().load().duplicate() {
        return Err(StartError::ClientTwice(id.to_owned()));
    }
    let mails = (outbox, transport, defaults);
    let origins: Arc<dyn OriginSource> = Arc::new(ClientOrigins::of(&state.clients));
    let server = ServerSettings { cors_origins: config.server.cors_origins.clone().and(origins), ..config.server };
    let page_secrets = web::Data::new(PageSecrets::new(refresh_key.expose_secret().as_bytes()));
    let addresses = AddressMaintenance::new(&state.addresses, config.claims, config.mails.relay.is_some());
    Ok(App {
        addresses,
        state,
        page_secrets,
        server,
        limits,
        clients,
        failures,
        mails,
        mails_per_day: config.mails.per_day,
        outcomes,
        revocations_read_at,
        migrations,
    })
}

impl App {
    /// Its parts.
    pub fn state(&self) -> &Arc<AppState> {
        &self.state
    }

    /// Starts the listener and the background tasks; `texts` are those of mails.
    ///
    /// # Errors
    /// When the address is in use.
    pub fn start(self, texts: MailTexts) -> Result<RunningApp, StartError> {
        let Self {
            addresses,
            state,
            page_secrets,
            server,
            limits,
            clients,
            failures,
            mails,
            mails_per_day,
            outcomes,
            revocations_read_at,
            migrations,
        } = self;
        let data = web::Data::from(Arc::clone(&state));
        let server = server::start(&server, readiness::readiness(&state), move |app| {
            app.app_data(data.clone());
            routes(clients.clone(), page_secrets.clone()).limited(&limits).configure(app);
        })
        .map_err(io("cannot listen"))?;
        let mut tasks = JoinSet::new();
        if let Some(retry) = migrations {
            tasks.spawn(account_flows::migrate_later(state.store.clone(), Arc::clone(&state.clock), retry));
        }
        tasks.spawn(Arc::clone(&state.caches).watch_revocations(revocations_read_at));
        tasks.spawn(state.store.clone().keep_probing_writes());
        tasks.spawn(account_flows::watch_keys(Arc::clone(&state.access_tokens)));
        tasks.spawn(Arc::clone(&state.caches).watch_region_map());
        tasks.spawn(state.maintenance.clone().run());
        tasks.spawn(addresses.run());
        tasks.spawn(account_flows::purge_hourly(state.store.clone(), Arc::clone(&state.clock)));
        tasks.spawn(write_failures(state.store.clone(), failures));
        if let Some(probes) = state.bot_filter.keep_probing() {
            tasks.spawn(probes);
        }
        if let Some(outcomes) = outcomes {
            tasks.spawn(outcomes.run());
        }
        let (outbox, transport, defaults) = mails;
        let (rows, sending) = (state.store.mail_rows(), (transport, defaults, texts));
        let mail_worker = MailWorker::start(outbox, rows, sending, mails_per_day, RetryPolicy::default());
        tracing::info!(address = %server.address(), issuer = state.issuer, "auth-service is listening");
        Ok(RunningApp { state, server, mail_worker, tasks })
    }

    /// Runs until a stop signal; `texts` are those of mails.
    ///
    /// # Errors
    /// When the address is in use, or the server fails.
    pub async fn run(self, texts: MailTexts) -> Result<(), StartError> {
        listen_for_signals().map_err(io("cannot listen for signals"))?;
        let running = self.start(texts)?;
        running.stop_requested().await.map_err(io("cannot listen for signals"))?;
        Ok(running.stop().await.map_err(io("the server failed"))?)
    }
}

impl RunningApp {
    /// Listening address.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Base URL for callers on this machine.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Its parts.
    pub fn state(&self) -> &Arc<AppState> {
        &self.state
    }

    /// Waits for a stop signal, or for the server to end by itself.
    ///
    /// # Errors
    /// When signal handlers cannot be installed.
    pub async fn stop_requested(&self) -> io::Result<()> {
        self.server.stop_requested().await
    }

    /// Graceful shutdown: open requests and due mails first, then background tasks and the database.
    ///
    /// # Errors
    /// When the server has failed.
    pub async fn stop(mut self) -> io::Result<()> {
        let stopped = self.server.stop().await;
        self.mail_worker.stop().await;
        self.tasks.shutdown().await;
        self.state.store.close().await;
        stopped
    }
}

/// Opens the database for a command. An embedded one is created when absent, in a folder that only its owner can read.
///
/// # Errors
/// When the database cannot be opened.
pub async fn open_store(config: &Config) -> Result<Store, StartError> {
    create_data_folder(config)?;
    let store = Store::connect(config.database_url.expose_secret(), config.database_connections).await?;
    Ok(store.with_policy(config.maintenance).with_roles(config.roles.clone()))
}

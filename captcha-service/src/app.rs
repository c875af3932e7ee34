//! Building the service from its settings, and running it.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web;
use limiter_lib::store::redis::InvalidRedis;
use secrecy::{ExposeSecret, SecretString};
use service_kit::io_error::{IoError, io};
use service_kit::server::authorization::ServiceClients;
use service_kit::server::{self, RunningServer, ServerSettings, listen_for_signals};
use service_kit::settings::ClientSecret;
use service_kit::{Clock, Limits, Readiness};
use tokio::task::JoinSet;

use crate::challenge_repository::ChallengeRepository;
use crate::config::{Config, EMBEDDED_CLIENT, EMBEDDED_SITE};
use crate::domain::Pseudonymizer;
use crate::flows::{Services, SharedParts};
use crate::metrics;
use crate::routes::routes;
use crate::sealers::Sealers;
use crate::sites::Sites;
use crate::state::AppState;
use crate::stores::{MemoryStore, RedisStore};
use crate::tv::TvPage;

/// Interval at which the gauges are updated.
const GAUGE_INTERVAL: Duration = Duration::from_secs(5);

/// Start-up failure.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// I/O error.
    #[error(transparent)]
    Io(#[from] IoError),
    /// Invalid Redis settings.
    #[error("the Redis settings cannot be used")]
    Redis(#[from] InvalidRedis),
}

/// The service, built but not listening.
pub struct App {
    state: Arc<AppState>,
    server: ServerSettings,
    clients: web::Data<ServiceClients>,
    clock: Arc<dyn Clock>,
}

/// The running service.
pub struct RunningApp {
    state: Arc<AppState>,
    server: RunningServer,
    tasks: JoinSet<()>,
}

/// Builds the service: reads secrets, and generates the ones that an embedded installation lacks. Must be called in a
/// tokio runtime.
///
/// # Errors
/// [`StartError`].
pub fn build(config: Config, clock: Arc<dyn Clock>) -> Result<App, StartError> {
    let shared = match &config.redis {
        None => None,
        Some(settings) => Some(RedisStore::start(settings, &config.redis_prefix)?),
    };
    build_with(config, clock, shared)
}

/// [`build`] with the given shared store instead of the one in the settings.
///
/// # Errors
/// [`StartError`].
pub fn build_with(config: Config, clock: Arc<dyn Clock>, shared: Option<RedisStore>) -> Result<App, StartError> {
    metrics::describe();
    let keys = keys(&config)?;
    let secrets: Vec<&[u8]> = keys.iter().map(|key| key.expose_secret().as_bytes()).collect();
    let local = Arc::new(MemoryStore::new(config.capacity, Arc::clone(&clock)));
    let shared = shared.map(Arc::new);
    if shared.is_none() {
        tracing::info!("challenges are kept in this process only: no Redis URL is given");
    }
    let limits = Limits::new(&config.limits);
    let Sealers { pictures, passes, credentials, assessments } = Sealers::new(&secrets);
    let stores = (shared, Arc::clone(&local));
    let repository = ChallengeRepository::new(stores, config.sealed, pictures, passes, clock.as_ref());
    let clients = web::Data::new(ServiceClients::new(&service_clients(&config)?));
    let repository = Arc::new(repository);
    let Services { assessments, challenges, passes } = Services::new(SharedParts {
        repository: Arc::clone(&repository),
        sites: Arc::new(Sites::new(&sites(&config)?)),
        pseudonymizer: Pseudonymizer::new(secrets.last().copied().unwrap_or_default()),
        credentials,
        assessments,
        weights: Arc::new(config.weights),
        budget: config.passes_per_network,
        has_phone: config.phone_url.is_some(),
        shadow: config.shadow,
        clock: Arc::clone(&clock),
    });
    let state = AppState {
        repository,
        local,
        assessments,
        challenges,
        passes,
        phone_url: config.phone_url,
        tv: TvPage::new(&config.tv_hosts),
        addresses: config.limits.clients.clone(),
        limits,
    };
    Ok(App { state: Arc::new(state), server: config.server, clients, clock })
}

impl App {
    /// Its parts.
    pub fn state(&self) -> &Arc<AppState> {
        &self.state
    }

    /// Starts the listener and the background tasks.
    ///
    /// # Errors
    /// When the address is in use.
    pub fn start(self) -> Result<RunningApp, StartError> {
        let Self { state, server, clients, clock } = self;
        let data = web::Data::from(Arc::clone(&state));
        let limits = state.limits.clone();
        // Readiness does not depend on Redis: without it the service continues with reduced function.
        let readiness = Readiness::builder("captcha-service", env!("CARGO_PKG_VERSION")).limits(&limits).build();
        let server = server::start(&server, readiness, move |app| {
            app.app_data(data.clone());
            routes(clients.clone()).limited(&limits).configure(app);
        })
        .map_err(io("cannot listen"))?;
        let mut tasks = JoinSet::new();
        tasks.spawn(Arc::clone(&state.repository).replay_when_back(clock));
        tasks.spawn(update_gauges(Arc::clone(&state)));
        tracing::info!(address = %server.address(), "captcha-service is listening");
        Ok(RunningApp { state, server, tasks })
    }

    /// Runs until a stop signal.
    ///
    /// # Errors
    /// When the address is in use, or the server fails.
    pub async fn run(self) -> Result<(), StartError> {
        listen_for_signals().map_err(io("cannot listen for signals"))?;
        let running = self.start()?;
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

    /// Graceful shutdown: open requests first, then background tasks.
    ///
    /// # Errors
    /// When the server has failed.
    pub async fn stop(mut self) -> io::Result<()> {
        let stopped = self.server.stop().await;
        self.tasks.shutdown().await;
        stopped
    }
}

/// Updates the gauges: records in memory, and degradation.
async fn update_gauges(state: Arc<AppState>) {
    loop {
        let counts = state.local.counts();
        metrics::set_record_counts(counts.challenges, counts.devices);
        metrics::set_degraded(state.repository.is_degraded());
        tokio::time::sleep(GAUGE_INTERVAL).await;
    }
}

/// Configured keys; on an embedded installation one key in the data folder.
fn keys(config: &Config) -> Result<Vec<SecretString>, StartError> {
    match &config.keys {
        Some(keys) => Ok(keys.clone()),
        None => Ok(vec![local_secret(&config.embedded_key())?]),
    }
}

fn service_clients(config: &Config) -> Result<Vec<ClientSecret>, StartError> {
    match &config.service_clients {
        Some(clients) => Ok(clients.clone()),
        None => Ok(vec![ClientSecret {
            id: EMBEDDED_CLIENT.into(),
            secret: local_secret(&config.embedded_client_secret())?,
        }]),
    }
}

fn sites(config: &Config) -> Result<Vec<ClientSecret>, StartError> {
    match &config.sites {
        Some(sites) => Ok(sites.clone()),
        None => {
            Ok(vec![ClientSecret { id: EMBEDDED_SITE.into(), secret: local_secret(&config.embedded_site_secret())? }])
        }
    }
}

fn local_secret(path: &std::path::Path) -> Result<SecretString, IoError> {
    service_kit::settings::local_secret(path).map_err(io(format!("cannot read or make {}", path.display())))
}

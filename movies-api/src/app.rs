//! Building the service from its settings, and running it.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use actix_web::middleware::from_fn;
use actix_web::web;
use secrecy::ExposeSecret;
use service_kit::files::private_folder;
use service_kit::io_error::{IoError, io};
use service_kit::server::{self, RunningServer, listen_for_signals};
use service_kit::{Clock, Limits, Readiness};
use tokio::task::JoinSet;

use crate::clients::AuthClient;
use crate::config::{ServeConfig, StorageConfig};
use crate::extract::mark_degraded;
use crate::feed::{Feed, FeedError};
use crate::flows::write_film::FilmWrites;
use crate::index::Catalogue;
use crate::prepare;
use crate::routes::routes;
use crate::search_pool::{SearchPool, SearchPoolSettings};
use crate::state::AppState;
use crate::storage::{CatalogueStore, StorageError};

/// Start-up failure.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// I/O error.
    #[error(transparent)]
    Io(#[from] IoError),
    /// The database cannot be opened.
    #[error("could not open the catalogue database (MOVIES_DATABASE_URL)")]
    Storage(#[from] StorageError),
    /// The search index cannot be set up.
    #[error(transparent)]
    Feed(#[from] FeedError),
    /// No HTTP client for auth-service can be built.
    #[error("could not set up the client of auth-service")]
    Auth(#[from] reqwest::Error),
}

/// The service, built but not listening.
pub struct App {
    state: Arc<AppState>,
    config: ServeConfig,
    feed: Feed,
}

/// The running service.
pub struct RunningApp {
    state: Arc<AppState>,
    server: RunningServer,
    tasks: JoinSet<()>,
}

/// Builds the service. A full or read-only disk does not prevent it: reads are served.
///
/// # Errors
/// [`StartError`].
pub async fn build(config: ServeConfig, clock: Arc<dyn Clock>) -> Result<App, StartError> {
    create_data_folder(&config.storage)?;
    let StorageConfig { database_url, database_connections, .. } = &config.storage;
    let store = CatalogueStore::open(database_url.expose_secret(), *database_connections).await?;
    let auth = AuthClient::new(config.auth.clone(), Arc::clone(&clock))?;
    let catalogue = Catalogue::default();
    let (feed, handle) = Feed::new(store.clone(), catalogue.clone(), Arc::clone(&clock), config.feed_interval)?;
    let limits = Limits::new(&config.limits);
    let searches =
        SearchPool::start(&SearchPoolSettings::default()).map_err(io("cannot start threads for searches"))?;
    let film_writes = FilmWrites { store: store.clone(), feed: handle, clock };
    let state = AppState { catalogue, store, film_writes, searches: Arc::new(searches), auth, limits };
    Ok(App { state: Arc::new(state), config, feed })
}

impl App {
    /// Its parts.
    pub fn state(&self) -> &Arc<AppState> {
        &self.state
    }

    /// Starts the listener and the background tasks. The catalogue is read in one of these; `/readyz` reports when it
    /// is loaded.
    ///
    /// # Errors
    /// When the address is in use.
    pub fn start(self) -> Result<RunningApp, StartError> {
        let Self { state, config, feed } = self;
        let (data, limits) = (web::Data::from(Arc::clone(&state)), state.limits.clone());
        let server = server::start(&config.server, readiness(&state), move |app| {
            app.app_data(data.clone());
            app.service(
                web::scope("").wrap(from_fn(mark_degraded)).configure(|app| routes().limited(&limits).configure(app)),
            );
        })
        .map_err(io("cannot listen"))?;
        let mut tasks = JoinSet::new();
        tasks.spawn(state.store.clone().keep_probing_writes());
        tasks.spawn(prepare::serve_catalogue(config, state.store.clone(), feed));
        tasks.spawn(state.auth.clone().keep_probing());
        tracing::info!(address = %server.address(), "movies-api listens");
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

/// Opens the database for a command. An embedded one is created when absent, in a folder that only its owner can read.
///
/// # Errors
/// When the database cannot be opened.
pub async fn open_store(config: &StorageConfig) -> Result<CatalogueStore, StartError> {
    create_data_folder(config)?;
    Ok(CatalogueStore::connect(config.database_url.expose_secret(), config.database_connections).await?)
}

fn create_data_folder(config: &StorageConfig) -> Result<(), StartError> {
    if !config.is_embedded() {
        return Ok(());
    }
    let what = format!("cannot make the data folder {}", config.data_dir.display());
    Ok(private_folder(&config.data_dir).map_err(io(what))?)
}

/// Ready once a catalogue is loaded. A later outage of the database or of auth-service changes nothing.
fn readiness(state: &AppState) -> Readiness {
    let catalogue = state.catalogue.clone();
    Readiness::builder("movies-api", env!("CARGO_PKG_VERSION"))
        .check("catalogue", move || {
            let loaded = catalogue.newest().is_some() && catalogue.feed().is_some();
            async move { if loaded { Ok(()) } else { Err("is being loaded".to_owned()) } }
        })
        .limits(&state.limits)
        .build()
}

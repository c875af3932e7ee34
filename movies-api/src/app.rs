//! Assembly and start of movies-api.

use std::sync::Arc;

use actix_web::middleware::from_fn;
use actix_web::web;
use anyhow::Context;
use secrecy::ExposeSecret;
use service_kit::files::private_folder;
use service_kit::server::{self, RunningServer};
use service_kit::{Clock, Limits, Readiness};
use tokio::task::JoinSet;

use crate::clients::AuthClient;
use crate::config::{ServeConfig, StorageConfig};
use crate::extract::mark_degraded;
use crate::feed::Feed;
use crate::index::Catalogue;
use crate::prepare;
use crate::routes::routes;
use crate::search_pool::{SearchPool, SearchPoolSettings};
use crate::state::AppState;
use crate::storage::CatalogueStore;

const OPEN_FAILED: &str = "could not open the catalogue database (MOVIES_DATABASE_URL)";

/// A running movies-api.
pub struct RunningApp {
    server: RunningServer,
    background: JoinSet<()>,
    catalogue: Catalogue,
    searches: Arc<SearchPool>,
}

/// Opens the catalogue's database for a command.
///
/// # Errors
/// When the data folder or the SQLite file cannot be used.
pub async fn open_store(config: &StorageConfig) -> anyhow::Result<CatalogueStore> {
    make_data_folder(config)?;
    let store = CatalogueStore::connect(config.database_url.expose_secret(), config.database_connections).await;
    store.context(OPEN_FAILED)
}

/// Opens it for requests. A full or read-only disk does not prevent the start: reads are served.
async fn open_store_to_serve(config: &StorageConfig) -> anyhow::Result<CatalogueStore> {
    make_data_folder(config)?;
    let store = CatalogueStore::open(config.database_url.expose_secret(), config.database_connections).await;
    store.context(OPEN_FAILED)
}

fn make_data_folder(config: &StorageConfig) -> anyhow::Result<()> {
    let folder = &config.data_dir;
    if config.is_embedded() {
        private_folder(folder).with_context(|| format!("could not make the data folder {}", folder.display()))?;
    }
    Ok(())
}

/// Starts serving. The catalogue is read in the background; `/readyz` reports when it is loaded.
///
/// # Errors
/// When the database cannot be opened or the address is taken.
pub async fn start(config: ServeConfig, clock: Arc<dyn Clock>) -> anyhow::Result<RunningApp> {
    let store = open_store_to_serve(&config.storage).await?;
    let auth = AuthClient::new(config.auth.clone()).context("could not set up the client of auth-service")?;
    let catalogue = Catalogue::default();
    let (feed, handle) = Feed::new(store.clone(), catalogue.clone(), Arc::clone(&clock), config.feed_interval)?;
    let limits = Limits::new(&config.limits);
    let searches = SearchPool::start(&SearchPoolSettings::default()).context("could not start threads for searches")?;
    let searches = Arc::new(searches);
    let ready = readiness(&catalogue, &limits);
    let state = web::Data::new(AppState {
        catalogue: catalogue.clone(),
        store: store.clone(),
        feed: handle,
        searches: Arc::clone(&searches),
        auth: auth.clone(),
        limits: limits.clone(),
        clock,
    });
    let server = server::start(&config.server, ready, move |app| {
        app.app_data(state.clone());
        app.service(
            web::scope("").wrap(from_fn(mark_degraded)).configure(|app| routes().limited(&limits).configure(app)),
        );
    })?;
    let mut background = JoinSet::new();
    background.spawn(store.clone().keep_probing_writes());
    background.spawn(prepare::serve_catalogue(config, store, feed));
    background.spawn(auth.keep_probing());
    tracing::info!(address = %server.address(), "movies-api listens");
    Ok(RunningApp { server, background, catalogue, searches })
}

impl RunningApp {
    /// Its base URL for callers on this machine.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// The catalogue it serves.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// The search threads.
    pub fn searches(&self) -> &Arc<SearchPool> {
        &self.searches
    }

    /// Waits for a stop signal, or for the server to end by itself.
    ///
    /// # Errors
    /// When the process may not listen for signals.
    pub async fn stop_requested(&self) -> std::io::Result<()> {
        self.server.stop_requested().await
    }

    /// Finishes requests in flight and stops.
    ///
    /// # Errors
    /// When the server had failed.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        self.server.stop().await?;
        self.background.shutdown().await;
        Ok(())
    }
}

/// Ready once a catalogue is loaded. A later outage of the database or of auth-service changes nothing.
fn readiness(catalogue: &Catalogue, limits: &Limits) -> Readiness {
    let catalogue = catalogue.clone();
    Readiness::builder("movies-api", env!("CARGO_PKG_VERSION"))
        .check("catalogue", move || {
            let loaded = catalogue.newest().is_some() && catalogue.feed().is_some();
            async move { if loaded { Ok(()) } else { Err("is being loaded".to_owned()) } }
        })
        .limits(limits)
        .build()
}

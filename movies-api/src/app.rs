//! Putting movies-api together and running it.

use std::sync::Arc;
use std::time::Duration;

use actix_web::middleware::from_fn;
use actix_web::web;
use anyhow::Context;
use secrecy::ExposeSecret;
use service_kit::server::{self, RunningServer};
use service_kit::{Clock, Limits, Readiness};
use tokio::task::JoinSet;

use crate::clients::AuthClient;
use crate::config::{ServeConfig, StorageConfig};
use crate::extract::mark_degraded;
use crate::feed::Feed;
use crate::import;
use crate::index::Catalogue;
use crate::routes::routes;
use crate::search_pool::{SearchPool, SearchPoolSettings};
use crate::state::AppState;
use crate::storage::CatalogueStore;

/// A running movies-api.
pub struct RunningApp {
    server: RunningServer,
    background: JoinSet<()>,
    catalogue: Catalogue,
    searches: Arc<SearchPool>,
}

/// Opens the catalogue's database.
///
/// # Errors
/// When the data folder or the SQLite file cannot be opened.
pub async fn open_store(config: &StorageConfig) -> anyhow::Result<CatalogueStore> {
    if config.is_embedded() {
        std::fs::create_dir_all(&config.data_dir)
            .with_context(|| format!("could not make the data folder {}", config.data_dir.display()))?;
    }
    let store = CatalogueStore::connect(config.database_url.expose_secret(), config.database_connections).await;
    store.context("could not open the catalogue database (MOVIES_DATABASE_URL)")
}

/// Starts serving. The catalogue is read in the background; `/readyz` tells when it is there.
///
/// # Errors
/// When the database cannot be opened or the address is taken.
pub async fn start(config: ServeConfig, clock: Arc<dyn Clock>) -> anyhow::Result<RunningApp> {
    let store = open_store(&config.storage).await?;
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
    background.spawn(async move {
        prepare(&config, &store).await;
        feed.run().await;
    });
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

    /// The threads that search.
    pub fn searches(&self) -> &Arc<SearchPool> {
        &self.searches
    }

    /// Waits until this process is asked to stop, or the server has ended by itself.
    ///
    /// # Errors
    /// When the process may not listen for signals.
    pub async fn stop_requested(&self) -> std::io::Result<()> {
        self.server.stop_requested().await
    }

    /// Finishes what is under way and stops.
    ///
    /// # Errors
    /// When the server had failed.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        self.server.stop().await?;
        self.background.shutdown().await;
        Ok(())
    }
}

/// Ready when there is a catalogue to serve. A database or an auth-service that goes away later changes nothing.
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

/// Brings the database into shape, however long it stays away.
async fn prepare(config: &ServeConfig, store: &CatalogueStore) {
    let mut pause = Duration::from_millis(200);
    while let Err(error) = try_prepare(config, store).await {
        tracing::warn!(error = format!("{error:#}"), "the catalogue database is not usable yet; trying again");
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(5));
    }
}

async fn try_prepare(config: &ServeConfig, store: &CatalogueStore) -> anyhow::Result<()> {
    if config.migrate {
        store.migrate().await.context("could not bring the tables up to date")?;
    }
    if config.builtin_catalogue && store.is_empty().await.context("could not read the catalogue")? {
        let loaded = import::load_builtin(store, service_kit::SystemClock.now()).await;
        loaded.context("could not load the built-in catalogue")?;
    }
    Ok(())
}

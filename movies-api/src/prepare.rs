//! From the start to the first catalogue: tables, built-in films, and reads while the database is unavailable.

use anyhow::Context;
use secrecy::ExposeSecret;
use service_kit::Clock;
use service_kit::database::Retry;

use crate::config::ServeConfig;
use crate::feed::Feed;
use crate::import;
use crate::storage::CatalogueStore;

/// Prepares the database and follows its change feed until it is dropped. While the database cannot be prepared, its
/// readable content is served.
pub async fn serve_catalogue(config: ServeConfig, store: CatalogueStore, mut feed: Feed) {
    if let Err(error) = try_prepare(&config, &store).await {
        let retry = Retry::after("the catalogue database is not usable", error.as_ref());
        if read_existing_catalogue(&config, &store, &mut feed).await {
            tokio::join!(prepare(&config, &store, retry), feed.run());
            return;
        }
        prepare(&config, &store, retry).await;
    }
    feed.run().await;
}

/// Reads the existing catalogue once, from the file itself where nothing can be written beside it. Returns `true` when
/// there was one.
async fn read_existing_catalogue(config: &ServeConfig, store: &CatalogueStore, feed: &mut Feed) -> bool {
    if feed.read_existing(store).await {
        return true;
    }
    match CatalogueStore::open_read_only(config.storage.database_url.expose_secret()).await {
        Ok(Some(readable)) => feed.read_existing(&readable).await,
        Ok(None) => false,
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "the catalogue cannot be read either");
            false
        }
    }
}

/// Prepares the database, for as long as that takes.
async fn prepare(config: &ServeConfig, store: &CatalogueStore, retry: Retry) {
    retry.run(|| try_prepare(config, store)).await;
    tracing::info!("the catalogue database can be used");
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

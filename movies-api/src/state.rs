//! Shared state of the handlers.

use std::sync::Arc;

use actix_web::{HttpRequest, web};
use contracts::codes;
use service_kit::{ApiError, Limits};

use crate::clients::AuthClient;
use crate::flows::write_film::FilmWrites;
use crate::index::{Catalogue, Snapshot};
use crate::search_pool::SearchPool;
use crate::storage::CatalogueStore;

/// Shared state of the handlers. Cheap to clone.
#[derive(Clone)]
pub struct AppState {
    /// The catalogue, which serves reads.
    pub catalogue: Catalogue,
    /// The store, for reads of the database and its health.
    pub store: CatalogueStore,
    /// Writes of editors.
    pub film_writes: FilmWrites,
    /// Threads for searches, so that other requests do not wait for them.
    pub searches: Arc<SearchPool>,
    /// Token checks.
    pub auth: AuthClient,
    /// Rate limits.
    pub limits: Limits,
}

impl AppState {
    /// The state of the service that serves this request.
    ///
    /// # Errors
    /// When the service was assembled without one: a bug.
    pub fn of(request: &HttpRequest) -> Result<&Self, ApiError> {
        let state = request.app_data::<web::Data<Self>>();
        state.map(|state| state.get_ref()).ok_or_else(|| ApiError::internal("the service has no state"))
    }

    /// The newest catalogue.
    ///
    /// # Errors
    /// 503 while the first one is being built.
    pub fn snapshot(&self) -> Result<Arc<Snapshot>, ApiError> {
        let loading = || ApiError::new(codes::CATALOGUE_LOADING).retry_after(std::time::Duration::from_secs(1));
        self.catalogue.newest().ok_or_else(loading)
    }
}

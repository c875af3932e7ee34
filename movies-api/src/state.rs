//! What handlers share.

use std::sync::Arc;

use actix_web::{HttpRequest, web};
use contracts::codes;
use service_kit::{ApiError, Clock, Limits};

use crate::clients::AuthClient;
use crate::feed::FeedHandle;
use crate::index::{Catalogue, Snapshot};
use crate::search_pool::SearchPool;
use crate::storage::CatalogueStore;

/// What handlers share. Cheap to clone.
#[derive(Clone)]
pub struct AppState {
    /// Where reads are answered from.
    pub catalogue: Catalogue,
    /// Where writes go.
    pub store: CatalogueStore,
    /// Brings writes into the catalogue at once.
    pub feed: FeedHandle,
    /// Where searches run, so that nothing else waits for them.
    pub searches: Arc<SearchPool>,
    /// Who knows whose token this is.
    pub auth: AuthClient,
    /// Who counts requests.
    pub limits: Limits,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl AppState {
    /// The state of the service that serves this request.
    ///
    /// # Errors
    /// When the service was put together without one: a bug.
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

//! Extractors: the calling service and the client address.

mod origin;
mod service_caller;

pub use origin::Origin;
pub use service_caller::ServiceCaller;

use actix_web::{HttpRequest, web};
use service_kit::ApiError;

use crate::state::AppState;

/// State of the service that serves this request.
fn state(request: &HttpRequest) -> Result<&AppState, ApiError> {
    let state = request.app_data::<web::Data<AppState>>();
    state.map(|state| state.get_ref()).ok_or_else(|| ApiError::internal("the service has no state"))
}

//! `GET /api/v1/social/providers`: the providers for social sign-in.

use actix_web::web;
use contracts::auth::social::{ListProviders, ListProvidersResponse, ProviderInfo};
use service_kit::{ApiError, Success};

use crate::state::AppState;

/// Lists the providers that the settings enable.
pub async fn list_providers(state: web::Data<AppState>) -> Result<Success<ListProviders>, ApiError> {
    let info = |offered: &social_providers::EnabledProvider| ProviderInfo {
        id: offered.id.as_str().to_owned(),
        name_ru: offered.label.ru.clone(),
        name_en: offered.label.en.clone(),
    };
    Ok(Success::new(ListProvidersResponse { items: state.providers.iter().map(info).collect() }).with_etag())
}

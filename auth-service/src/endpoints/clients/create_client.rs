//! `POST /api/v1/clients`: creates an OAuth client.

use actix_web::http::header::{HeaderValue, LOCATION};
use actix_web::web;
use contracts::auth::clients::{ClientSecretResponse, CreateClient};
use oauth_clients::ClientDefinition;
use service_kit::{ApiError, Input, Success};

use super::convert::{grants, kind, names, to_wire};
use crate::extract::AuditedCaller;
use crate::state::AppState;

/// Creates the client and returns it with its secret.
pub async fn create_client(
    state: web::Data<AppState>,
    admin: AuditedCaller,
    input: Input<CreateClient>,
) -> Result<Success<CreateClient>, ApiError> {
    let body = input.body;
    let definition = ClientDefinition {
        kind: kind(body.kind),
        grants: grants(body.grants),
        origins: body.origins,
        redirect_uris: body.redirect_uris,
        resources: body.resources,
        first_party: body.first_party,
        names: names(body.names),
    };
    let context = admin.context(None, state.now());
    let (record, client_secret) = state.clients.create(&body.client_id, definition, &context).await?;
    let location = format!("/api/v1/clients/{}", body.client_id);
    let location = HeaderValue::from_str(&location).map_err(ApiError::internal)?;
    let response = ClientSecretResponse { client: to_wire(record), client_secret };
    Ok(Success::new(response).header(LOCATION, location))
}

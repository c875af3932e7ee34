//! `PATCH /api/v1/clients/{client_id}`: changes an OAuth client.

use account_flows::ClientUpdate;
use actix_web::web;
use contracts::auth::clients::{ClientResponse, UpdateClient};
use service_kit::{ApiError, Input, Success};

use super::convert::{grants, names, to_wire};
use crate::extract::AuditedCaller;
use crate::state::AppState;

/// Changes the client and returns it.
pub async fn update_client(
    state: web::Data<AppState>,
    admin: AuditedCaller,
    input: Input<UpdateClient>,
) -> Result<Success<UpdateClient>, ApiError> {
    let body = input.body;
    let update = ClientUpdate {
        grants: body.grants.map(grants),
        origins: body.origins,
        redirect_uris: body.redirect_uris,
        resources: body.resources,
        first_party: body.first_party,
        names: body.names.map(names),
    };
    let record = state.clients.update(&input.path.client_id, update, &admin.context(None, state.now())).await?;
    Ok(Success::new(ClientResponse { client: to_wire(record) }))
}

//! OAuth clients that administrators define.

mod create_client;
mod delete_client;
mod effects;
mod list_clients;
mod rotate_client_secret;
mod update_client;

use serde_json::{Value, json};
use service_kit::testing::TestReply;

use crate::app::{SignedIn, TestApp};

const CLIENTS: &str = "/api/v1/clients";

/// Creates a client with these fields beside its id.
async fn create(app: &TestApp, admin: &SignedIn, id: &str, fields: Value) -> TestReply {
    let mut body = fields;
    body["client_id"] = json!(id);
    app.post(CLIENTS).bearer(&admin.access).json(&body).send().await
}

/// Creates a confidential client and returns its secret.
async fn confidential(app: &TestApp, admin: &SignedIn, id: &str) -> String {
    let fields = json!({"kind": "confidential", "grants": ["client_credentials"]});
    let body = create(app, admin, id, fields).await.assert_status(201);
    body["client_secret"].as_str().unwrap().to_owned()
}

/// Creates a public client of these origins.
async fn public(app: &TestApp, admin: &SignedIn, id: &str, origins: &[&str]) {
    let fields = json!({"kind": "public", "grants": ["refresh_token"], "origins": origins});
    create(app, admin, id, fields).await.assert_status(201);
}

/// Changes a client.
async fn update(app: &TestApp, admin: &SignedIn, id: &str, body: &Value) -> TestReply {
    app.patch(&format!("{CLIENTS}/{id}")).bearer(&admin.access).json(body).send().await
}

/// Deletes a client.
async fn delete(app: &TestApp, admin: &SignedIn, id: &str) -> TestReply {
    app.delete(&format!("{CLIENTS}/{id}")).bearer(&admin.access).send().await
}

/// Replaces the secret of a client.
async fn rotate(app: &TestApp, admin: &SignedIn, id: &str, old_valid_for: u32) -> TestReply {
    let body = json!({"old_valid_for": old_valid_for});
    app.post(&format!("{CLIENTS}/{id}/secrets")).bearer(&admin.access).json(&body).send().await
}

/// Asks for a token of a client for itself.
async fn grant(app: &TestApp, id: &str, secret: &str) -> TestReply {
    app.post("/oauth2/token").basic(id, secret).form(&[("grant_type", "client_credentials")]).send().await
}

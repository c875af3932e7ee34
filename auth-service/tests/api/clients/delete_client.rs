//! `DELETE /api/v1/clients/{client_id}`.

use super::{confidential, create, delete, grant};
use crate::app::TestApp;

#[tokio::test]
async fn a_deleted_client_is_unknown_and_its_tokens_are_inactive() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    let secret = confidential(&app, &admin, "reports").await;
    let token = grant(&app, "reports", &secret).await.assert_status(200)["access_token"].as_str().unwrap().to_owned();
    delete(&app, &admin, "reports").await.assert_status(204);
    grant(&app, "reports", &secret).await.assert_problem(401, "auth.client_rejected");
    assert!(!app.is_active(&token).await);
    delete(&app, &admin, "reports").await.assert_problem(404, "auth.client_not_found");
}

#[tokio::test]
async fn the_secret_of_a_deleted_client_is_not_that_of_its_successor() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    let old = confidential(&app, &admin, "reports").await;
    delete(&app, &admin, "reports").await.assert_status(204);
    let new = confidential(&app, &admin, "reports").await;
    grant(&app, "reports", &old).await.assert_problem(401, "auth.client_rejected");
    grant(&app, "reports", &new).await.assert_status(200);
    let fields = serde_json::json!({"kind": "public", "grants": ["refresh_token"]});
    create(&app, &admin, "reports", fields).await.assert_problem(409, "auth.client_taken");
}

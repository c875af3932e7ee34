//! `POST /api/v1/clients/{client_id}/secrets`, and the command.

use std::time::Duration;

use serde_json::json;

use super::{confidential, grant, public, rotate};
use crate::app::TestApp;

#[tokio::test]
async fn the_old_secret_is_valid_until_its_end_and_the_one_before_it_not_at_all() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    let first = confidential(&app, &admin, "reports").await;
    let secret_of = |body: serde_json::Value| body["client_secret"].as_str().unwrap().to_owned();
    let second = secret_of(rotate(&app, &admin, "reports", 3600).await.assert_status(200));
    for secret in [&first, &second] {
        grant(&app, "reports", secret).await.assert_status(200);
    }
    let body = rotate(&app, &admin, "reports", 60).await.assert_status(200);
    let until = body["client"]["secrets"].as_array().unwrap().iter().filter(|secret| secret.get("until").is_some());
    assert_eq!(until.count(), 1, "{body}");
    let third = secret_of(body);
    grant(&app, "reports", &first).await.assert_problem(401, "auth.client_rejected");
    for secret in [&second, &third] {
        grant(&app, "reports", secret).await.assert_status(200);
    }
    app.advance(Duration::from_secs(61));
    grant(&app, "reports", &second).await.assert_problem(401, "auth.client_rejected");
    grant(&app, "reports", &third).await.assert_status(200);
}

#[tokio::test]
async fn a_secret_can_end_at_once() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    let first = confidential(&app, &admin, "reports").await;
    let body = rotate(&app, &admin, "reports", 0).await.assert_status(200);
    assert_eq!(body["client"]["secrets"], json!([{}]));
    grant(&app, "reports", &first).await.assert_problem(401, "auth.client_rejected");
}

#[tokio::test]
async fn clients_without_secrets_and_times_beyond_30_days_are_refused() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    public(&app, &admin, "web", &[]).await;
    confidential(&app, &admin, "reports").await;
    rotate(&app, &admin, "web", 0).await.assert_problem(422, "request.invalid_fields");
    rotate(&app, &admin, "reports", 2_592_001).await.assert_problem(422, "request.invalid_fields");
    rotate(&app, &admin, "nobody", 0).await.assert_problem(404, "auth.client_not_found");
}

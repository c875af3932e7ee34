//! Health, status and unknown paths.

use serde_json::json;

use crate::app::TestApp;

#[actix_web::test]
async fn a_standalone_service_is_ready_and_not_degraded() {
    let app = TestApp::start().await;
    for path in ["/livez", "/readyz"] {
        app.get(path).send().await.assert_status(200);
    }
    let status = app.get("/api/v1/captcha/status").send().await.assert_status(200);
    assert_eq!(status["store"], json!({"status": "pass", "shared": false, "degraded": false}));
    app.get("/api/v1/captcha/nothing").send().await.assert_problem(404, "request.no_such_route");
}

#[actix_web::test]
async fn an_unreachable_redis_shows_as_degraded_and_sign_ins_still_get_challenges() {
    let redis = limiter_lib::store::redis::RedisSettings::from_url("redis://127.0.0.1:1").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut config = captcha_service::config::Config::embedded(folder.path(), "127.0.0.1:0".parse().unwrap());
    config.redis = Some(redis);
    let app = captcha_service::app::build(config, service_kit::SystemClock::shared()).unwrap().start().unwrap();
    let client = service_kit::testing::TestClient::new(format!("http://{}", app.address()));
    client.get("/readyz").send().await.assert_status(200);
    let status = client.get("/api/v1/captcha/status").send().await.assert_status(200);
    assert_eq!(status["store"], json!({"status": "warn", "shared": true, "degraded": true}));
    let request_challenge =
        async |action: &str| client.post("/api/v1/captcha/challenges").json(&json!({"action": action})).send().await;
    request_challenge("log_in").await.assert_status(201);
    let refused = request_challenge("sign_up").await;
    refused.assert_problem(503, "captcha.unavailable");
    assert_ne!(refused.header("retry-after"), "");
}

//! Limits of routes, in addition to the quotas of devices.

use service_kit::server::limits::LimitsConfig;

use crate::app::TestApp;

#[actix_web::test]
async fn challenges_are_rate_limited_by_address() {
    let limits = LimitsConfig::of(&captcha_service::limits::LIMITS);
    let app = TestApp::start_with(|config| config.limits = limits).await;
    let mut given = 0;
    let refused = loop {
        let reply = app.request_challenge(serde_json::json!({})).await;
        if reply.status.as_u16() != 201 {
            break reply;
        }
        given += 1;
    };
    refused.assert_problem(429, "request.rate_limited");
    assert!((120..200).contains(&given), "{given}");
}

//! `GET /.well-known/oauth-authorization-server`.

use crate::app::TestApp;

#[tokio::test]
async fn all_urls_are_under_the_issuer_whatever_the_request_says() {
    let app = TestApp::start().await;
    let request = app.get("/.well-known/oauth-authorization-server");
    let reply =
        request.header("x-forwarded-host", "evil.example").header("forwarded", "host=evil.example").send().await;
    let body = reply.assert_status(200);
    assert_eq!(body["issuer"], "http://auth.test");
    assert_eq!(body["jwks_uri"], "http://auth.test/.well-known/jwks.json");
    assert_eq!(body["introspection_endpoint"], "http://auth.test/oauth2/introspect");
    assert_eq!(body["introspection_endpoint_auth_methods_supported"][0], "client_secret_basic");
    assert_eq!(body["token_endpoint"], "http://auth.test/oauth2/token");
    assert_eq!(body["revocation_endpoint"], "http://auth.test/oauth2/revoke");
    assert_eq!(body["device_authorization_endpoint"], "http://auth.test/oauth2/device_authorization");
    assert_eq!(body["authorization_endpoint"], "http://auth.test/oauth2/authorize");
    let device = "urn:ietf:params:oauth:grant-type:device_code";
    let grants = ["refresh_token", "client_credentials", device, "authorization_code"];
    assert_eq!(body["grant_types_supported"], serde_json::json!(grants));
    assert!(!reply.text().contains("evil"));
}

//! Malformed and unauthorized requests at every endpoint.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use contracts::auth::ENDPOINTS;
use contracts::auth::addresses::RequestEmailProof;
use contracts::auth::oauth::{
    AuthorizeDevice, GetJwks, GetOpenidConfiguration, GetServerMetadata, GetUserinfo, GrantTokens, Introspect,
    RevokeToken,
};
use contracts::auth::roles::AssignRole;
use contracts::endpoint::{Auth, Endpoint, EndpointInfo};
use reqwest::Method;
use serde_json::json;
use service_kit::testing::TestRequest;

use crate::app::{CLIENT, TestApp};

const WITH_BODY: [&str; 3] = ["/api/v1/users", "/api/v1/sessions", "/api/v1/sessions/refresh"];

#[tokio::test]
async fn malformed_json_is_reported_as_such() {
    let app = TestApp::start().await;
    for path in WITH_BODY {
        for body in [&b""[..], b"{", b"{\"", b"\xff\xfe", b"nul"] {
            let reply = app.post(path).body("application/json", body).send().await;
            reply.assert_problem(400, "request.malformed_json");
        }
    }
}

#[tokio::test]
async fn json_of_the_wrong_shape_has_invalid_fields() {
    let app = TestApp::start().await;
    for path in WITH_BODY {
        for body in ["[]", "null", "1", "{}", "{\"email\":1}", "{\"surprise\":1}", "\"text\""] {
            let reply = app.post(path).body("application/json", body).send().await;
            reply.assert_problem(422, "request.invalid_fields");
        }
    }
}

#[tokio::test]
async fn deeply_nested_json_is_refused_and_the_service_keeps_running() {
    let app = TestApp::start().await;
    let reply = app.post("/api/v1/users").body("application/json", "[".repeat(60_000)).send().await;
    assert_eq!(reply.status.as_u16() / 100, 4, "{}", reply.text());
    app.get("/livez").send().await.assert_status(200);
}

#[tokio::test]
async fn another_content_type_is_refused() {
    let app = TestApp::start().await;
    for path in WITH_BODY {
        for kind in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp"] {
            let reply = app.post(path).body(kind, "{}").send().await;
            reply.assert_problem(415, "request.unsupported_media_type");
        }
    }
}

#[tokio::test]
async fn a_body_of_two_megabytes_is_refused() {
    let app = TestApp::start().await;
    for path in WITH_BODY {
        let body = json!({"email": "a@example.org", "password": "x".repeat(2 * 1024 * 1024)}).to_string();
        let reply = app.post(path).body("application/json", body).send().await;
        reply.assert_problem(413, "request.body_too_large");
    }
}

#[tokio::test]
async fn unknown_paths_get_404_and_wrong_methods_get_405() {
    let app = TestApp::start().await;
    app.get("/api/v1/nothing").send().await.assert_problem(404, "request.no_such_route");
    let reply = app.request(Method::PATCH, "/api/v1/users").send().await;
    reply.assert_problem(405, "request.method_not_allowed");
    assert_eq!(reply.header("allow"), "POST");
}

/// Endpoints for OAuth clients.
const TOKENS: [&str; 3] = [AuthorizeDevice::ID, GrantTokens::ID, RevokeToken::ID];
/// A form that each endpoint reads that takes one.
const FORM: [(&str, &str); 3] = [("token", "x"), ("grant_type", "refresh_token"), ("refresh_token", "x")];

/// Every endpoint, with a path and the credentials of an administrator or a client.
pub async fn calls(app: &TestApp) -> Vec<(&'static EndpointInfo, String, String)> {
    let (admin, signed_in) = app.admin().await;
    let basic = format!("Basic {}", STANDARD.encode(format!("{}:{}", CLIENT.0, CLIENT.1)));
    let calls = ENDPOINTS.iter().map(|endpoint| {
        let path = endpoint.path.replace("{user_id}", &admin.id).replace("{role}", "editor");
        let path = path.replace("{session_id}", &signed_in.session).replace("{provider}", "google");
        let path = path.replace("{social_account_id}", &admin.id).replace("{name}", "films.write");
        let path = path.replace("{reset_id}", &admin.id).replace("{client_id}", "reports");
        assert!(!path.contains('{'), "{path} has a parameter that this test does not know");
        let credentials = match endpoint.auth {
            Auth::ServiceClient => basic.clone(),
            _ if TOKENS.contains(&endpoint.id) => format!("Basic {}", STANDARD.encode("marquee:")),
            _ => format!("Bearer {}", signed_in.access),
        };
        (endpoint, path, credentials)
    });
    calls.collect()
}

/// Begins a request to an endpoint.
pub fn begin(app: &TestApp, endpoint: &EndpointInfo, path: &str) -> TestRequest {
    app.request(endpoint.method.as_str().parse().unwrap(), path)
}

#[tokio::test]
async fn unknown_query_parameters_are_refused_except_where_a_standard_says_to_ignore_them() {
    let app = TestApp::start().await;
    for (endpoint, path, credentials) in calls(&app).await {
        let request = begin(&app, endpoint, &format!("{path}?x=1")).header("authorization", &credentials);
        let reply = match endpoint.method {
            _ if endpoint.path.starts_with("/oauth2/") && endpoint.method == contracts::Method::Post => {
                request.form(&FORM).send().await
            }
            contracts::Method::Get | contracts::Method::Delete => request.send().await,
            // An invalid query is reported before an invalid body.
            _ => request.json(&json!({})).send().await,
        };
        if [
            Introspect::ID,
            AuthorizeDevice::ID,
            RevokeToken::ID,
            GetJwks::ID,
            GetServerMetadata::ID,
            GetOpenidConfiguration::ID,
        ]
        .contains(&endpoint.id)
        {
            assert_eq!(reply.status, 200, "{}", endpoint.id);
        } else if endpoint.id == GetUserinfo::ID {
            reply.assert_problem(403, "auth.scope_missing");
        } else if endpoint.id == GrantTokens::ID {
            reply.assert_problem(400, "auth.refresh_token_invalid");
        } else {
            assert_eq!(reply.status, 400, "{}: {}", endpoint.id, reply.text());
            reply.assert_problem(400, "request.invalid_query");
        }
    }
}

#[tokio::test]
async fn permission_comes_before_whatever_else_is_wrong() {
    let app = TestApp::start().await;
    for (endpoint, path, _) in calls(&app).await {
        if endpoint.auth == Auth::Public {
            continue;
        }
        for credentials in [None, Some("Bearer a.bad.token"), Some("Basic eDp5")] {
            let request = begin(&app, endpoint, &format!("{path}?x=1")).body("application/json", "[");
            let request = request.header("if-match", "\"x\"");
            let request =
                credentials.into_iter().fold(request, |request, value| request.header("authorization", value));
            let reply = request.send().await;
            assert_eq!(reply.status, 401, "{} with {credentials:?}: {}", endpoint.id, reply.text());
        }
    }
}

/// serde also reads structs from arrays, field by field in order.
#[tokio::test]
async fn an_array_is_no_body_whatever_stands_in_it() {
    let app = TestApp::start().await;
    let (email, password) = ("a@example.org", "three cats on a sofa");
    let device = json!({"kind": "desktop", "name": "x"});
    for (endpoint, path, credentials) in calls(&app).await {
        if !matches!(endpoint.method, contracts::Method::Post | contracts::Method::Put | contracts::Method::Patch) {
            continue;
        }
        if [Introspect::ID, AssignRole::ID, RequestEmailProof::ID].contains(&endpoint.id)
            || TOKENS.contains(&endpoint.id)
        {
            continue; // a form, and no body at all
        }
        for body in [
            json!([]),
            json!([email, password, "", null, null, device, null, null]),
            json!([email, password, device, null, null, null]),
            json!([email, password]),
            json!([password, password]),
            json!([password, null]),
            json!(["x", "x", device]),
            json!(["x", "x"]),
            json!(["x"]),
            json!([null, null, null]),
            json!(["ru"]),
        ] {
            let request = begin(&app, endpoint, &path).header("authorization", &credentials);
            let reply = request.json(&body).send().await;
            assert_eq!(reply.status, 422, "{} {body}: {}", endpoint.id, reply.text());
            reply.assert_problem(422, "request.invalid_fields");
        }
    }
    for (path, body) in [
        ("/api/v1/sessions", json!({"email": email, "password": password, "device": ["desktop", "x"]})),
        ("/api/v1/users", json!({"email": email, "password": password, "device": ["desktop"]})),
    ] {
        let problem = app.post(path).json(&body).send().await.assert_problem(422, "request.invalid_fields");
        assert_eq!(problem["errors"][0]["pointer"], "/device");
    }
    app.log_in(email, password).await.assert_problem(401, "auth.wrong_credentials");
}

/// Broken object level authorization (OWASP API1:2023).
#[tokio::test]
async fn ids_of_another_user_in_a_path_lead_nowhere() {
    let app = TestApp::start().await;
    let stranger = app.signed_in(&app.user().await).await;
    let mut checked = 0;
    for (endpoint, path, _) in calls(&app).await {
        let ids = ["{user_id}", "{session_id}", "{social_account_id}"];
        if ids.iter().any(|id| endpoint.path.contains(id)) {
            checked += 1;
            let reply = begin(&app, endpoint, &path).bearer(&stranger.access).send().await;
            assert!([403, 404].contains(&reply.status.as_u16()), "{}: {}", endpoint.id, reply.text());
        }
    }
    assert!(checked > 12, "{checked}");
}

#[tokio::test]
async fn a_write_with_a_precondition_that_cannot_hold_is_not_done() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let access = app.signed_in(&user).await.access;
    let change = |name: &str, value: &str| {
        app.patch("/api/v1/me").bearer(&access).json(&json!({"display_name": "Ann"})).header(name, value)
    };

    for (name, value) in [("if-match", "\"x\""), ("if-none-match", "*")] {
        change(name, value).send().await.assert_problem(412, "request.precondition_failed");
        let delete = app.delete("/api/v1/me").bearer(&access).header(name, value).send().await;
        delete.assert_problem(412, "request.precondition_failed");
    }
    assert_eq!(app.me(&access).await.assert_status(200)["user"]["display_name"], "");
    change("if-match", "*").send().await.assert_status(200);
    change("if-none-match", "\"x\"").send().await.assert_status(200);
}

//! No secret is exported or logged: canaries sent through every route, in every part of a request, are in no exported
//! byte and in no log line.

use std::path::Path;
use std::time::Duration;

use contracts::endpoint::EndpointInfo;
use reqwest::Method;
use serde_json::json;
use service_kit::testing::{TestClient, TestRequest};

use crate::traces::Traced;

const BOUND: Duration = Duration::from_secs(60);
const PASSWORD: &str = "canary-password-5f2c";
const EMAIL: &str = "canary-mail-77aa@example.org";
/// Other secrets of requests that only the service itself may see. Unique texts.
const CANARIES: [&str; 9] = [
    "canary-token-91be",
    "canary-query-1f0d",
    "canary-oauth-code-c0de",
    "canary-path-ab12",
    "canary-body-33dd",
    "canary-cookie-09fe",
    "canary-baggage-4e4e",
    "canary-state-8b8b",
    "canary-agent-6c6c",
];

/// `RUST_LOG` with `debug` for each crate of the workspace, also those that are made later.
pub fn every_crate_at_debug() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let manifest = |folder: &str| std::fs::read_to_string(root.join(folder).join("Cargo.toml")).expect("a manifest");
    let workspace = manifest(".");
    let (_, members) = workspace.split_once("members = [").expect("a workspace");
    let folders = members.split(']').next().expect("its members").split('"').skip(1).step_by(2);
    let names = folders.map(|folder| {
        let manifest = manifest(folder);
        let (_, name) = manifest.split_once("name = \"").expect("a package");
        name.split('"').next().expect("its name").replace('-', "_")
    });
    names.fold("info".to_owned(), |filter, name| format!("{filter},{name}=debug"))
}

fn with_canary_headers(request: TestRequest) -> TestRequest {
    request
        .header("cookie", "session=canary-cookie-09fe")
        .header("baggage", "user=canary-baggage-4e4e")
        .header("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
        .header("tracestate", "vendor=canary-state-8b8b")
        .header("user-agent", "canary-agent-6c6c")
}

/// Every route, with canaries in path, query, headers and body; also routes that do not exist.
async fn send_everywhere(client: &TestClient, endpoints: &[EndpointInfo]) {
    let bearer = "eyJ.canary-token-91be.sig";
    let grant = [
        ("grant_type", "authorization_code"),
        ("client_id", "marquee"),
        ("client_secret", "canary-token-91be"),
        ("code", "canary-oauth-code-c0de"),
        ("code_verifier", "canary-body-33dd"),
        ("device_code", "canary-token-91be"),
    ];
    for endpoint in endpoints {
        let method: Method = endpoint.method.as_str().parse().expect("a verb");
        let mut path = endpoint.path.to_owned();
        while let (Some(from), Some(to)) = (path.find('{'), path.find('}')) {
            path.replace_range(from..=to, "canary-path-ab12");
        }
        let query = "query=canary-query-1f0d&code=canary-oauth-code-c0de&email=canary-mail-77aa@example.org";
        for url in [path.clone(), format!("{path}?{query}")] {
            let begin = || with_canary_headers(client.request(method.clone(), &url));
            let body = json!({"email": EMAIL, "password": "canary-body-33dd", "refresh_token": "canary-token-91be"});
            begin().bearer(bearer).send().await;
            begin().bearer(bearer).json(&body).send().await;
            begin().basic("movies-api", "canary-token-91be").form(&[("token", "canary-token-91be")]).send().await;
            begin().form(&grant).send().await;
            begin().body("application/json", format!("{{\"email\":\"{EMAIL}\",canary-body-33dd")).send().await;
        }
    }
    let lost = "/oauth/callback/canary-path-ab12?code=canary-oauth-code-c0de&state=canary-state-8b8b";
    with_canary_headers(client.get(lost)).send().await.assert_status(404);
    for page in ["/oauth2/authorize", "/account/authorize", "/activate", "/account/activate"] {
        let query = "client_id=marquee&code=canary-oauth-code-c0de&state=canary-state-8b8b&nonce=canary-query-1f0d";
        with_canary_headers(client.get(&format!("{page}?{query}"))).send().await;
    }
    // A request id that is not well-formed.
    client.get("/api/v1/status").header("x-request-id", "canary-token-91be canary-query-1f0d").send().await;
}

/// Runs a whole session, and asks for the codes of a device; returns tokens and codes.
async fn run_session(traced: &Traced) -> Vec<String> {
    let auth = &traced.auth.client;
    let account = json!({"email": EMAIL, "password": PASSWORD});
    with_canary_headers(auth.post("/api/v1/users")).json(&account).send().await.assert_status(201);
    with_canary_headers(auth.post("/api/v1/users")).json(&account).send().await.assert_status(409);
    let wrong = json!({"email": EMAIL, "password": "canary-body-33dd"});
    with_canary_headers(auth.post("/api/v1/sessions")).json(&wrong).send().await.assert_status(401);
    let first = with_canary_headers(auth.post("/api/v1/sessions")).json(&account).send().await.assert_status(201);
    let text = |reply: &serde_json::Value, name: &str| reply["tokens"][name].as_str().expect("a token").to_owned();
    let refresh = json!({"refresh_token": text(&first, "refresh_token")});
    let again = with_canary_headers(auth.post("/api/v1/sessions/refresh")).json(&refresh).send().await;
    let again = json!({"tokens": again.json()["tokens"].as_object().cloned().unwrap_or_else(|| {
        again.json().as_object().cloned().expect("an object")
    })});
    let access = text(&again, "access_token");
    with_canary_headers(auth.get("/api/v1/me")).bearer(&access).send().await.assert_status(200);
    let films = "/api/v1/films/search?query=canary-query-1f0d";
    let found = with_canary_headers(traced.movies.client.get(films)).bearer(&access).send().await.assert_status(200);
    assert_eq!(found["viewer"]["mode"], "member");
    let device = auth.post("/oauth2/device_authorization").form(&[("client_id", "marquee")]).send().await.json();
    let code = |name: &str| device[name].as_str().expect("a code").to_owned();
    let grant = "urn:ietf:params:oauth:grant-type:device_code";
    let poll = [("grant_type", grant), ("client_id", "marquee"), ("device_code", &code("device_code"))];
    auth.post("/oauth2/token").form(&poll).send().await.assert_status(400);
    auth.get(&format!("/activate?code={}", code("user_code"))).send().await;
    with_canary_headers(auth.delete("/api/v1/sessions/current")).bearer(&access).send().await;
    with_canary_headers(auth.post("/api/v1/sessions/refresh")).json(&refresh).send().await;
    let pairs = [&first, &again].map(|reply| [text(reply, "access_token"), text(reply, "refresh_token")]);
    [pairs.concat(), vec![code("device_code"), code("user_code")]].concat()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_is_exported_or_logged_whatever_the_route() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = every_crate_at_debug();
    let more = [("RUST_LOG", log.as_str()), ("AUTH_LIMITS", "shadow"), ("MOVIES_LIMITS", "shadow")];
    let mut traced = Traced::start(folder.path(), &more).await;
    let tokens = run_session(&traced).await;
    send_everywhere(&traced.auth.client, contracts::auth::ENDPOINTS).await;
    send_everywhere(&traced.movies.client, contracts::movies::ENDPOINTS).await;
    for service in [&mut traced.movies, &mut traced.auth] {
        service.process.signal("TERM");
        assert!(service.process.wait(BOUND).success());
    }
    assert!(traced.collector.spans().len() > 200, "everything was traced");
    let secrets = CANARIES.into_iter().chain([PASSWORD, EMAIL]).chain(tokens.iter().map(String::as_str));
    for secret in secrets {
        assert!(!traced.collector.has_seen(secret), "{secret} was exported");
        for service in [&traced.movies, &traced.auth] {
            let lines = service.process.all_with(secret);
            assert!(lines.is_empty(), "{secret} was logged: {lines:#?}");
        }
    }
}

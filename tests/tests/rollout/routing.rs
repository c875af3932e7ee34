//! nginx's routes, errors, request ids, client addresses and log.

use std::collections::BTreeSet;

use contracts::codes;
use contracts::endpoint::{Auth, EndpointInfo};
use service_kit::testing::{TestClient, TestReply};
use tests::proxy::Proxy;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::names::echo;

const SERVICES: [(&str, &[EndpointInfo]); 3] = [
    ("auth-service", contracts::auth::ENDPOINTS),
    ("movies-api", contracts::movies::ENDPOINTS),
    ("captcha-service", contracts::captcha::ENDPOINTS),
];

async fn proxy(more: &[(&str, String)]) -> Proxy {
    let mut variables = vec![
        ("AUTH_SERVERS", echo("auth-service").await),
        ("MOVIES_SERVERS", echo("movies-api").await),
        ("CAPTCHA_SERVERS", echo("captcha-service").await),
    ];
    variables.extend_from_slice(more);
    let mut proxy = Proxy::start(&variables);
    proxy.client = proxy.client.clone().without_contract(); // behind it are servers that say what they were asked
    proxy
}

/// `true` for endpoints of services and operators. movies-api's status is the public one.
fn is_inside(service: &str, endpoint: &EndpointInfo) -> bool {
    endpoint.auth == Auth::ServiceClient
        || ["/siteverify", "/oauth2/check"].contains(&endpoint.path)
        || endpoint.path.ends_with("/status") && service != "movies-api"
        || service == "auth-service" && is_for_operators(endpoint)
}

/// Roles, users, the audit log. `POST /api/v1/users` signs up.
fn is_for_operators(endpoint: &EndpointInfo) -> bool {
    let path = endpoint.path;
    path.starts_with("/api/v1/roles")
        || path.starts_with("/api/v1/clients")
        || path.starts_with("/api/v1/audit")
        || path.starts_with("/api/v1/users/")
        || path == "/api/v1/users" && endpoint.method != contracts::Method::Post
}

async fn ask(client: &TestClient, endpoint: &EndpointInfo) -> TestReply {
    let method = endpoint.method.as_str().parse().expect("a method");
    client.request(method, &example(endpoint.path)).send().await
}

fn example(template: &str) -> String {
    let parts = template.split('/').map(|part| if part.starts_with('{') { "x" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn every_public_endpoint_is_routed_to_its_service_and_internal_ones_are_not_routed() {
    let proxy = proxy(&[]).await;
    let shared: BTreeSet<_> = contracts::movies::ENDPOINTS.iter().map(|endpoint| endpoint.path).collect();
    for (service, endpoints) in SERVICES {
        for endpoint in endpoints {
            let reply = ask(&proxy.client, endpoint).await;
            if is_inside(service, endpoint) {
                let by_movies = shared.contains(endpoint.path) && reply.text().starts_with("movies-api\n");
                assert!(reply.status == 404 || by_movies, "{}: {}", endpoint.path, reply.text());
            } else {
                assert!(reply.text().starts_with(&format!("{service}\n")), "{}: {}", endpoint.path, reply.text());
            }
        }
    }
    for (path, service) in [
        ("/account", "auth-service"),
        ("/account/sign-in", "auth-service"),
        ("/activate", "auth-service"),
        ("/tv", "captcha-service"),
        ("/docs/auth", "auth-service"),
        ("/docs/movies/openapi.json", "movies-api"),
        ("/docs/captcha/schemas/codes.json", "captcha-service"),
    ] {
        assert!(proxy.client.get(path).send().await.text().starts_with(service), "{path}");
    }
}

#[tokio::test]
async fn operators_endpoints_are_routed_inside_and_outside_only_where_they_are_opened() {
    let closed = proxy(&[]).await;
    let inside = TestClient::new(format!("http://{}", closed.inside)).without_contract();
    let open = proxy(&[("NGINX_OPERATORS", "open".to_owned())]).await;
    let all = contracts::auth::ENDPOINTS.iter().filter(|endpoint| is_for_operators(endpoint));
    let mut seen = 0;
    for endpoint in all {
        ask(&closed.client, endpoint).await.assert_problem(404, "request.no_such_route");
        for reply in [ask(&inside, endpoint).await, ask(&open.client, endpoint).await] {
            assert!(reply.text().starts_with("auth-service\n"), "{}: {}", endpoint.path, reply.text());
        }
        seen += 1;
    }
    assert!(seen >= 8, "{seen} endpoints");
    for (verb, status) in
        [("GET", 404), ("HEAD", 404), ("DELETE", 404), ("PATCH", 404), ("POST", 200), ("OPTIONS", 200)]
    {
        let reply = closed.client.request(verb.parse().expect("a method"), "/api/v1/users").send().await;
        assert_eq!(reply.status, status, "{verb}");
    }
    for path in ["/api/v1/users/", "/api/v1/users//x", "/api/v1/users/%2e", "/api/v1/roles/", "/api/v1/rolesy"] {
        assert_eq!(closed.client.get(path).send().await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn the_page_of_the_apis_lists_those_of_the_services() {
    let proxy = proxy(&[]).await;
    for path in ["/docs", "/docs/"] {
        let page = proxy.client.get(path).send().await;
        assert_eq!((page.status.as_u16(), page.header("content-type")), (200, "text/html"));
        for service in ["auth", "movies", "captcha"] {
            assert!(page.text().contains(&format!("\"/docs/{service}/\"")), "{}", page.text());
        }
    }
    for path in ["/openapi.json", "/schemas/codes.json", "/docs/other/"] {
        assert_eq!(proxy.client.get(path).send().await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn preflights_reach_the_services_and_nginx_permits_no_origin_itself() {
    let proxy = proxy(&[]).await;
    for (path, service) in [("/api/v1/sessions", "auth-service"), ("/api/v1/films/search", "movies-api"), ("/", "")] {
        let request = proxy.client.request("OPTIONS".parse().expect("a method"), path);
        let request = request.header("origin", "https://tv.example.org");
        let reply = request.header("access-control-request-method", "POST").send().await;
        assert!(reply.text().starts_with(service), "{path}: {}", reply.text());
        assert!(reply.headers.keys().all(|name| !name.as_str().starts_with("access-control-")), "{path}");
    }
}

#[tokio::test]
async fn no_other_path_is_routed() {
    let proxy = proxy(&[]).await;
    let paths = ["/", "/metrics", "/livez", "/readyz", "/oauth2/tokens", "/accounts", "/api/v1/filmsy", "/.problem"];
    for path in paths.into_iter().chain(["/api/v1/films/%2e%2e/%2e%2e/%2e%2e/metrics", "//metrics", "/tvs"]) {
        proxy.client.get(path).send().await.assert_problem(404, "request.no_such_route");
    }
    let big = vec![b' '; 300 * 1024];
    let reply = proxy.client.post("/api/v1/sessions").body("application/json", big).send().await;
    reply.assert_problem(413, "request.body_too_large");
    assert_eq!(reply.header("server"), "nginx", "no version");
}

/// Everything that nginx sends in response to `bytes`.
async fn exchange(proxy: &Proxy, bytes: &[u8]) -> String {
    let address = proxy.client.base().trim_start_matches("http://").to_owned();
    let mut stream = tokio::net::TcpStream::connect(address).await.expect("nginx listens");
    let _ = stream.write_all(bytes).await; // it may answer and close before all is written
    let mut answer = Vec::new();
    let read = tokio::time::timeout(std::time::Duration::from_secs(60), stream.read_to_end(&mut answer));
    // Unread bytes at the close turn the end of nginx's response into a reset.
    match read.await.expect("nginx closes the connection") {
        Err(error) if error.kind() != std::io::ErrorKind::ConnectionReset => panic!("{error}"),
        _ => {}
    }
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn malformed_requests_get_problems_with_an_id_from_nginx_too() {
    let proxy = proxy(&[]).await;
    let close = "connection: close\r\n";
    let (line, field) = ("a".repeat(70_000), "b".repeat(70_000));
    let cases = [
        ("GET /tv HTTP/1.1\r\n\r\n".to_owned(), 400, "request.malformed"),
        ("GET /tv HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n".to_owned(), 400, "request.malformed"),
        ("GET /tv HTTP/1.1\r\nhost: a b\r\n\r\n".to_owned(), 400, "request.malformed"),
        ("GET /tv HTTP/1.1\r\nhost: a/b\r\n\r\n".to_owned(), 400, "request.malformed"),
        ("G<T /tv HTTP/1.1\r\nhost: a\r\n\r\n".to_owned(), 400, "request.malformed"),
        ("GET /tv HTTP/3.0\r\nhost: a\r\n\r\n".to_owned(), 400, "request.malformed"),
        ("GET tv HTTP/1.1\r\nhost: a\r\n\r\n".to_owned(), 400, "request.malformed"),
        ("POST /tv HTTP/1.1\r\nhost: a\r\ncontent-length: x\r\n\r\n".to_owned(), 400, "request.malformed"),
        (
            "POST /tv HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n".to_owned(),
            400,
            "request.malformed",
        ),
        (format!("POST /tv HTTP/1.1\r\nhost: a\r\n{close}transfer-encoding: gzip\r\n\r\n"), 400, "request.malformed"),
        (format!("GET /{line} HTTP/1.1\r\nhost: a\r\n\r\n"), 414, "request.uri_too_long"),
        (format!("GET /tv HTTP/1.1\r\nhost: a\r\nx: {field}\r\n\r\n"), 431, "request.headers_too_large"),
        (format!("BREW /nowhere HTTP/1.1\r\nhost: a\r\n{close}\r\n"), 404, "request.no_such_route"),
    ];
    for (request, status, code) in cases {
        let shown = &request[..request.len().min(100)];
        let answer = exchange(&proxy, request.as_bytes()).await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{shown:?}: {answer:?}"));
        let problem: serde_json::Value =
            serde_json::from_str(body).unwrap_or_else(|_| panic!("{shown:?}: no problem: {answer:?}"));
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{shown:?}: {answer:?}");
        assert_eq!((&problem["code"], &problem["status"]), (&code.into(), &status.into()), "{shown:?}: {answer:?}");
        let id = problem["request_id"].as_str().expect("an id");
        assert!(!id.is_empty() && head.contains(&format!("X-Request-Id: {id}")), "{shown:?}: {answer:?}");
    }
    // Raw UTF-8 as users type it, which the service accepts too.
    let search = format!("GET /api/v1/films/search?query=таксист HTTP/1.1\r\nhost: a\r\n{close}\r\n");
    let answer = exchange(&proxy, search.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("movies-api\n"), "{answer:?}");
}

#[tokio::test]
async fn a_valid_request_id_is_forwarded_and_an_invalid_one_is_replaced() {
    let proxy = proxy(&[]).await;
    let longest = "x".repeat(128);
    let forwarded = async |id: &str| {
        let text = proxy.client.get("/api/v1/films").header("x-request-id", id).send().await.text().to_lowercase();
        let lines: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("x-request-id: ")).collect();
        assert_eq!(lines.len(), 1, "{text}");
        lines[0].to_owned()
    };
    for good in ["order-42_a.b", longest.as_str()] {
        assert_eq!(forwarded(good).await, good);
    }
    for bad in ["", "a b", "a\"b", &"x".repeat(129)] {
        let id = forwarded(bad).await;
        assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{bad:?} became {id:?}");
    }
}

#[tokio::test]
async fn clients_cannot_choose_their_address_and_trusted_proxies_can_forward_it() {
    let forged = "6.6.6.6, 192.0.2.7, 127.0.0.1";
    let trusting = [("NGINX_TRUSTED_PROXIES", "10.0.0.0/8 127.0.0.0/8".to_owned())];
    for (variables, client) in [(&[][..], "127.0.0.1"), (&trusting[..], "192.0.2.7")] {
        let proxy = proxy(variables).await;
        let request = proxy.client.get("/tv").header("x-forwarded-for", forged).header("forwarded", "for=6.6.6.6");
        let text = request.header("x-real-ip", "6.6.6.6").send().await.text();
        assert!(!text.contains("6.6.6.6"), "{text}");
        let lines: Vec<_> = text.lines().filter(|line| line.to_lowercase().starts_with("x-forwarded-for:")).collect();
        assert_eq!(lines, [format!("X-Forwarded-For: {client}")]);
    }
}

#[tokio::test]
async fn the_log_names_routes_and_holds_no_path_or_query() {
    let proxy = proxy(&[]).await;
    let paths = ["/api/v1/films/canary?query=canary", "/account/canary?code=canary", "/canary?canary"];
    for path in paths.into_iter().chain(["/api/v1/captcha/challenges/canary/answer"]) {
        proxy.client.get(path).send().await;
    }
    let log = proxy.access_log(4).await;
    let routes: Vec<_> = log.iter().map(|line| line["route"].as_str().expect("a text")).collect();
    assert_eq!(routes, ["/api/v1/films", "/account", "-", "/api/v1/captcha/challenges"]);
    assert!(!format!("{log:?}{}", proxy.error_log()).contains("canary"), "{log:?}");
}

#[test]
fn the_problems_of_nginx_are_those_of_the_catalogue() {
    let text = include_str!("../../../deploy/nginx/problems.conf");
    let table = |name: &str| -> Vec<(String, String)> {
        let (_, rest) = text.split_once(&format!("map $status ${name} {{")).expect("the table is there");
        let (lines, _) = rest.split_once("\n}").expect("it ends");
        let pairs = lines.lines().filter_map(|line| line.trim().trim_end_matches(';').split_once(' '));
        pairs.map(|(status, text)| (status.to_owned(), text.trim_matches('"').to_owned())).collect()
    };
    let (codes_of_nginx, titles) = (table("problem_code"), table("problem_title"));
    assert_eq!(codes_of_nginx.len(), titles.len());
    for ((status, word), (same, title)) in codes_of_nginx.iter().zip(&titles) {
        let code = codes::ALL.iter().find(|code| code.code == word).unwrap_or_else(|| panic!("{word} is not there"));
        let number = if status == "default" { "500" } else { status };
        assert_eq!((status, code.status.to_string().as_str(), code.title), (same, number, title.as_str()));
    }
}

//! Which requests nginx lets through, to whom, and what it says about them.

use std::collections::BTreeSet;

use contracts::codes;
use contracts::endpoint::{Auth, EndpointInfo};
use tests::proxy::Proxy;

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
    Proxy::start(&variables)
}

/// Whether only services and operators ask it. The films' status is the one of the cinema.
fn is_inside(service: &str, endpoint: &EndpointInfo) -> bool {
    endpoint.auth == Auth::ServiceClient
        || endpoint.path == "/siteverify"
        || endpoint.path.ends_with("/status") && service != "movies-api"
}

fn example(template: &str) -> String {
    let parts = template.split('/').map(|part| if part.starts_with('{') { "x" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn every_endpoint_for_people_leads_to_its_service_and_those_for_services_lead_nowhere() {
    let proxy = proxy(&[]).await;
    let shared: BTreeSet<_> = contracts::movies::ENDPOINTS.iter().map(|endpoint| endpoint.path).collect();
    for (service, endpoints) in SERVICES {
        for endpoint in endpoints {
            let reply = proxy.client.get(&example(endpoint.path)).send().await;
            if is_inside(service, endpoint) {
                let elsewhere = shared.contains(endpoint.path) && reply.text().starts_with("movies-api\n");
                assert!(reply.status == 404 || elsewhere, "{}: {}", endpoint.path, reply.text());
            } else {
                assert!(reply.text().starts_with(&format!("{service}\n")), "{}: {}", endpoint.path, reply.text());
            }
        }
    }
    for (path, service) in
        [("/account", "auth-service"), ("/account/sign-in", "auth-service"), ("/tv", "captcha-service")]
    {
        assert!(proxy.client.get(path).send().await.text().starts_with(service), "{path}");
    }
}

#[tokio::test]
async fn nothing_else_is_let_through() {
    let proxy = proxy(&[]).await;
    let paths = ["/", "/metrics", "/livez", "/readyz", "/oauth2/token", "/accounts", "/api/v1/filmsy", "/.problem"];
    for path in paths.into_iter().chain(["/api/v1/films/%2e%2e/%2e%2e/%2e%2e/metrics", "//metrics", "/tvs"]) {
        proxy.client.get(path).send().await.assert_problem(404, "request.no_such_route");
    }
    let big = vec![b' '; 300 * 1024];
    let reply = proxy.client.post("/api/v1/sessions").body("application/json", big).send().await;
    reply.assert_problem(413, "request.body_too_large");
    assert_eq!(reply.header("server"), "nginx", "no version");
}

#[tokio::test]
async fn a_good_request_id_goes_on_and_a_bad_one_is_replaced() {
    let proxy = proxy(&[]).await;
    let longest = "x".repeat(128);
    let told = async |id: &str| {
        let text = proxy.client.get("/api/v1/films").header("x-request-id", id).send().await.text().to_lowercase();
        let lines: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("x-request-id: ")).collect();
        assert_eq!(lines.len(), 1, "{text}");
        lines[0].to_owned()
    };
    for good in ["order-42_a.b", longest.as_str()] {
        assert_eq!(told(good).await, good);
    }
    for bad in ["", "a b", "a\"b", &"x".repeat(129)] {
        let id = told(bad).await;
        assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{bad:?} became {id:?}");
    }
}

#[tokio::test]
async fn clients_cannot_choose_their_address_and_trusted_proxies_can_tell_it() {
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
    assert!(!format!("{log:?}{}", proxy.complaints()).contains("canary"), "{log:?}");
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
    let (words, titles) = (table("problem_code"), table("problem_title"));
    assert_eq!(words.len(), titles.len());
    for ((status, word), (same, title)) in words.iter().zip(&titles) {
        let code = codes::ALL.iter().find(|code| code.code == word).unwrap_or_else(|| panic!("{word} is not there"));
        let number = if status == "default" { "500" } else { status };
        assert_eq!((status, code.status.to_string().as_str(), code.title), (same, number, title.as_str()));
    }
}

//! Limits over real sockets: rejections, keys, exemptions, and outages of Redis.

use reqwest::Method;
use serde_json::json;
use service_kit::testing::{TestClient, TestReply};

use crate::limit_files::read;
use crate::service::{Service, start_limited};

const ECHO: &str = "/echo/01a203aa-1193-7069-9322-ad531c73e5ce";
const GO: &str = "/wrong/not-at-all";
/// Two requests at once; another after half an hour.
const TWO: &str = "policies.all.quota = '2/1h'";
/// Loopback is a proxy, so that tests can choose their address.
const PROXY: &str = "127.0.0.0/8";
/// Closed port.
const NO_REDIS: &str = "redis://127.0.0.1:1";

fn service(file: &str) -> Service {
    start_limited(&read(file, |_| ()).expect("a good file"))
}

fn behind_a_proxy(file: &str) -> Service {
    start_limited(&read(file, |text| text.trusted_proxies = Some(PROXY)).expect("a good file"))
}

async fn echo(client: &TestClient, name: &str) -> TestReply {
    client.post(ECHO).json(&json!({"name": name})).send().await
}

async fn go_from(client: &TestClient, forwarded: &str) -> u16 {
    client.get(GO).header("x-forwarded-for", forwarded).send().await.status.as_u16()
}

#[actix_web::test]
async fn a_rejection_is_a_problem_with_policy_and_retry_after() {
    let client = service(TWO).client;
    for left in ["1", "0"] {
        let reply = client.get(GO).send().await;
        reply.assert_status(204);
        assert!(reply.header("ratelimit").starts_with(&format!("\"all\";r={left};t=")), "{:?}", reply.headers);
        assert_eq!(reply.header("ratelimit-policy"), "\"all\";q=2;w=3600");
    }
    let reply = client.get(GO).send().await;
    let problem = reply.assert_problem(429, "request.rate_limited");
    assert_eq!(problem["violated-policies"], json!(["all"]));
    let seconds: u64 = reply.header("retry-after").parse().expect("whole seconds");
    assert!((1700..=1980).contains(&seconds), "{seconds}");
    assert_eq!(problem["retry_after_ms"], seconds * 1000);
    assert!(reply.header("ratelimit").starts_with("\"all\";r=0;t="), "{:?}", reply.headers);
    assert_eq!(reply.header("ratelimit-policy"), "\"all\";q=2;w=3600");
    assert_eq!(reply.header("cache-control"), "no-store");
}

#[actix_web::test]
async fn the_body_of_a_rejected_request_is_not_read() {
    let client = service(TWO).client;
    for _ in 0..2 {
        client.post(ECHO).body("text/plain", "?").send().await.assert_problem(415, "request.unsupported_media_type");
    }
    client.post(ECHO).body("text/plain", "?").send().await.assert_problem(429, "request.rate_limited");
}

#[actix_web::test]
async fn every_response_has_limit_headers_except_after_a_panic() {
    let client = service("").client;
    for path in ["/wrong/panic", "/wrong/internal", "/wrong/declared", "/wrong/busy", GO] {
        let reply = client.get(path).send().await;
        let has_fields = reply.header("ratelimit").starts_with("\"all\";r=");
        assert_eq!(has_fields, path != "/wrong/panic", "{path}"); // a panic unwinds through the middleware
    }
    let whole = echo(&client, "Ann").await;
    assert_eq!(whole.header("ratelimit-policy"), "\"all\";q=1000;w=1, \"guess\";q=1000;w=1");
    assert!(whole.header("ratelimit").contains("\"guess\";r=999;t=1"), "{:?}", whole.headers);
    let read = client.get("/read").send().await;
    assert!(read.header("ratelimit").starts_with("\"all\";r="), "{:?}", read.headers);
    let not_modified = client.get("/read").header("if-none-match", read.header("etag")).send().await;
    assert_eq!(
        (not_modified.status.as_u16(), not_modified.header("ratelimit")),
        (304, ""),
        "a cache would keep the fields"
    );
    let done = client.post(ECHO).header("if-none-match", "\"x\"").json(&json!({"name": "Ann"})).send().await;
    assert_eq!(done.status, 200, "a write that was done is no 304");
}

#[actix_web::test]
async fn head_counts_like_get_and_options_do_not_count() {
    let client = service(TWO).client;
    for verb in [Method::OPTIONS, Method::HEAD, Method::PUT, Method::GET, Method::OPTIONS] {
        assert_ne!(client.request(verb.clone(), GO).send().await.status, 429, "{verb}");
    }
    assert_eq!(client.request(Method::HEAD, GO).send().await.status, 429);
}

#[actix_web::test]
async fn health_is_not_limited() {
    let client = service(TWO).client;
    for path in ["/livez", "/readyz"].repeat(5) {
        let reply = client.get(path).send().await;
        reply.assert_status(200);
        assert_eq!(reply.header("ratelimit"), "");
    }
}

#[actix_web::test]
async fn forwarding_headers_of_untrusted_clients_are_ignored() {
    let client = service(TWO).client;
    for (forwarded, status) in [("192.0.2.1", 204), ("192.0.2.2", 204), ("192.0.2.3", 429), ("unknown", 429)] {
        assert_eq!(go_from(&client, forwarded).await, status, "{forwarded}");
    }
}

#[actix_web::test]
async fn forwarding_headers_of_a_trusted_proxy_are_used() {
    let client = behind_a_proxy(TWO).client;
    for forwarded in ["192.0.2.1", "198.51.100.9, 192.0.2.1"] {
        assert_eq!(go_from(&client, forwarded).await, 204, "{forwarded}");
    }
    assert_eq!(go_from(&client, "203.0.113.5, 192.0.2.1").await, 429, "only the entry of the proxy counts");
    assert_eq!(go_from(&client, "192.0.2.2").await, 204);
    assert_eq!(go_from(&client, "2001:db8::1").await, 204);
    assert_eq!(go_from(&client, "2001:db8::2").await, 204);
    assert_eq!(go_from(&client, "2001:db8:0:0:ffff::").await, 429, "one customer is 64 bits");
}

#[actix_web::test]
async fn a_proxy_may_use_the_standard_header() {
    let config = read(TWO, |text| {
        text.trusted_proxies = Some(PROXY);
        text.client_address_header = Some("Forwarded");
    });
    let client = start_limited(&config.expect("good settings")).client;
    for (forwarded, status) in [("for=192.0.2.1", 204), ("for=192.0.2.1", 204), ("for=192.0.2.1", 429)] {
        assert_eq!(client.get(GO).header("forwarded", forwarded).send().await.status, status, "{forwarded}");
    }
    assert_eq!(client.get(GO).header("forwarded", "for=192.0.2.2").send().await.status, 204);
}

#[actix_web::test]
async fn a_device_is_counted_by_its_name_and_without_one_by_its_address() {
    let client = service("policies.all.quota = '1/1h'\npolicies.all.per = 'device'").client;
    let go = async |device: &str| client.get(GO).header("x-device-id", device).send().await.status.as_u16();
    assert_eq!([go("tv-1").await, go("tv-2").await, go("tv-1").await], [204, 204, 429]);
    assert_eq!([client.get(GO).send().await.status, client.get(GO).send().await.status], [204, 429]);
}

#[actix_web::test]
async fn everything_is_counted_together() {
    let client = behind_a_proxy("policies.all.quota = '1/1h'\npolicies.all.per = 'everything'").client;
    assert_eq!([go_from(&client, "192.0.2.1").await, go_from(&client, "192.0.2.2").await], [204, 429]);
}

#[actix_web::test]
async fn an_account_is_counted_from_all_addresses_and_per_address() {
    let file = "policies.guess.quota = '3/1h'
        [policies.near]\nquota = '2/1h'\nper = 'account+address'\nendpoints = ['echo']";
    let client = behind_a_proxy(file).client;
    let guess = async |name: &str, address: &str| {
        let reply = client.post(ECHO).header("x-forwarded-for", address).json(&json!({"name": name})).send().await;
        (reply.status.as_u16(), reply)
    };
    assert_eq!(guess("Ann", "192.0.2.1").await.0, 200);
    assert_eq!(guess("Ann", "192.0.2.1").await.0, 200);
    let (_, near) = guess("Ann", "192.0.2.1").await;
    assert_eq!(near.assert_problem(429, "request.rate_limited")["violated-policies"], json!(["near"]));
    assert_eq!(guess("Ann", "192.0.2.2").await.0, 200, "a rejected request takes no units");
    let (_, far) = guess("Ann", "192.0.2.3").await;
    assert_eq!(far.assert_problem(429, "request.rate_limited")["violated-policies"], json!(["guess"]));
    assert_eq!(guess("Bob", "192.0.2.1").await.0, 200);
}

#[actix_web::test]
async fn units_are_refunded_unless_it_was_a_guess() {
    let client = service("policies.guess.quota = '1/1h'").client;
    for _ in 0..3 {
        let reply = echo(&client, "right").await;
        reply.assert_status(200);
        assert!(reply.header("ratelimit").contains("\"guess\";r=1;"), "{:?}", reply.headers);
    }
    echo(&client, "wrong").await.assert_status(200);
    echo(&client, "wrong").await.assert_problem(429, "request.rate_limited");
}

#[actix_web::test]
async fn a_limit_in_shadow_rejects_nothing_and_writes_no_headers() {
    for client in [
        service("policies.all.quota = '1/1h'\npolicies.all.mode = 'shadow'\npolicies.guess.mode = 'shadow'").client,
        start_limited(&read(TWO, |text| text.limits = Some("shadow")).expect("good settings")).client,
    ] {
        for _ in 0..4 {
            let reply = echo(&client, "Ann").await;
            reply.assert_status(200);
            assert_eq!(reply.header("ratelimit"), "");
        }
    }
}

#[actix_web::test]
async fn limits_can_be_switched_off() {
    let client = start_limited(&read(TWO, |text| text.limits = Some("off")).expect("good settings")).client;
    for _ in 0..4 {
        let reply = echo(&client, "Ann").await;
        reply.assert_status(200);
        assert_eq!(reply.header("ratelimit"), "");
    }
}

#[actix_web::test]
async fn limit_headers_follow_the_setting() {
    for (profile, field, prefix) in [
        ("draft-10", "ratelimit", "\"all\";r=1;t="),
        ("next", "ratelimit", "\"all\";a=1;w="),
        ("x-ratelimit", "x-ratelimit-remaining", "1"),
        ("none", "ratelimit", ""),
    ] {
        let client = start_limited(&read(TWO, |text| text.headers = Some(profile)).expect("good settings")).client;
        let reply = client.get(GO).send().await;
        assert!(reply.header(field).starts_with(prefix), "{profile}: {:?}", reply.headers);
        assert_eq!(reply.header("ratelimit").is_empty(), matches!(profile, "x-ratelimit" | "none"), "{profile}");
        client.get(GO).send().await;
        let refused = client.get(GO).send().await;
        refused.assert_problem(429, "request.rate_limited");
        assert!(!refused.header("retry-after").is_empty(), "{profile}");
    }
}

#[actix_web::test]
async fn without_redis_each_policy_follows_its_outage_mode() {
    for (outage, expected) in [("local", [204, 204, 429]), ("allow", [204, 204, 204]), ("deny", [503, 503, 503])] {
        let config = read(&format!("{TWO}\npolicies.all.outage = '{outage}'"), |text| {
            text.redis_url = Some(NO_REDIS.to_owned().into());
        });
        let client = start_limited(&config.expect("good settings")).client;
        for status in expected {
            let reply = client.get(GO).send().await;
            assert_eq!(reply.status, status, "{outage}: {}", reply.text());
            if status == 503 {
                reply.assert_problem(503, "server.unavailable");
                assert!(matches!(reply.header("retry-after"), "1" | "2"), "{:?}", reply.headers);
                assert_eq!(reply.header("ratelimit"), "", "nothing was counted");
            }
        }
    }
}

#[actix_web::test]
async fn without_redis_an_account_is_counted_locally_or_denied() {
    for (outage, expected) in [("local", [200, 429]), ("deny", [503, 503])] {
        let file = format!("policies.guess.quota = '1/1h'\npolicies.guess.outage = '{outage}'");
        let config = read(&file, |text| text.redis_url = Some(NO_REDIS.to_owned().into()));
        let client = start_limited(&config.expect("good settings")).client;
        for status in expected {
            assert_eq!(echo(&client, "Ann").await.status, status, "{outage}");
        }
    }
}

//! Limits over real sockets: what a refusal is, whom a limit counts, what is not counted, and what happens without Redis.

use reqwest::Method;
use serde_json::json;
use service_kit::testing::{TestClient, TestReply};

use crate::limit_files::read;
use crate::service::{Service, start_limited};

const ECHO: &str = "/echo/01a203aa-1193-7069-9322-ad531c73e5ce";
const GO: &str = "/wrong/not-at-all";
/// Two requests at once; another in half an hour.
const TWO: &str = "policies.all.quota = '2/1h'";
/// Loopback is a proxy, so that tests can be anybody.
const PROXY: &str = "127.0.0.0/8";
/// Nobody listens there.
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
async fn a_refusal_is_a_problem_that_names_the_policy_and_says_when_to_come_back() {
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
async fn a_refused_request_is_not_read() {
    let client = service(TWO).client;
    for _ in 0..2 {
        client.post(ECHO).body("text/plain", "?").send().await.assert_problem(415, "request.unsupported_media_type");
    }
    client.post(ECHO).body("text/plain", "?").send().await.assert_problem(429, "request.rate_limited");
}

#[actix_web::test]
async fn every_answer_tells_of_the_limits_whatever_became_of_the_request() {
    let client = service("").client;
    for path in ["/wrong/panic", "/wrong/internal", "/wrong/declared", "/wrong/busy", GO] {
        let reply = client.get(path).send().await;
        let told = reply.header("ratelimit").starts_with("\"all\";r=");
        assert_eq!(told, path != "/wrong/panic", "{path}"); // a panic takes the layer along
    }
    let whole = echo(&client, "Ann").await;
    assert_eq!(whole.header("ratelimit-policy"), "\"all\";q=1000;w=1, \"guess\";q=1000;w=1");
    assert!(whole.header("ratelimit").contains("\"guess\";r=999;t=1"), "{:?}", whole.headers);
    let read = client.get("/read").send().await;
    assert!(read.header("ratelimit").starts_with("\"all\";r="), "{:?}", read.headers);
    let known = client.get("/read").header("if-none-match", read.header("etag")).send().await;
    assert_eq!((known.status.as_u16(), known.header("ratelimit")), (304, ""), "a cache would keep the fields");
    let done = client.post(ECHO).header("if-none-match", "\"x\"").json(&json!({"name": "Ann"})).send().await;
    assert_eq!(done.status, 200, "a write that was done is no 304");
}

#[actix_web::test]
async fn the_head_counts_like_the_whole_and_a_question_about_verbs_does_not_count() {
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
async fn what_a_client_says_of_its_address_changes_nothing() {
    let client = service(TWO).client;
    for (forwarded, status) in [("192.0.2.1", 204), ("192.0.2.2", 204), ("192.0.2.3", 429), ("unknown", 429)] {
        assert_eq!(go_from(&client, forwarded).await, status, "{forwarded}");
    }
}

#[actix_web::test]
async fn what_a_trusted_proxy_says_of_a_client_counts() {
    let client = behind_a_proxy(TWO).client;
    for forwarded in ["192.0.2.1", "198.51.100.9, 192.0.2.1"] {
        assert_eq!(go_from(&client, forwarded).await, 204, "{forwarded}");
    }
    assert_eq!(go_from(&client, "203.0.113.5, 192.0.2.1").await, 429, "only the word of the proxy counts");
    assert_eq!(go_from(&client, "192.0.2.2").await, 204);
    assert_eq!(go_from(&client, "2001:db8::1").await, 204);
    assert_eq!(go_from(&client, "2001:db8::2").await, 204);
    assert_eq!(go_from(&client, "2001:db8:0:0:ffff::").await, 429, "one customer is 64 bits");
}

#[actix_web::test]
async fn a_proxy_may_say_it_in_the_standard_header() {
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
async fn an_account_is_counted_from_all_addresses_and_with_its_address() {
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
    assert_eq!(guess("Ann", "192.0.2.2").await.0, 200, "what was refused took nothing");
    let (_, far) = guess("Ann", "192.0.2.3").await;
    assert_eq!(far.assert_problem(429, "request.rate_limited")["violated-policies"], json!(["guess"]));
    assert_eq!(guess("Bob", "192.0.2.1").await.0, 200);
}

#[actix_web::test]
async fn what_was_no_guess_is_given_back() {
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
async fn a_limit_in_shadow_refuses_nobody_and_is_not_spoken_of() {
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
async fn answers_speak_of_limits_in_the_words_that_were_chosen() {
    for (words, field, begins) in [
        ("draft-10", "ratelimit", "\"all\";r=1;t="),
        ("next", "ratelimit", "\"all\";a=1;w="),
        ("x-ratelimit", "x-ratelimit-remaining", "1"),
        ("none", "ratelimit", ""),
    ] {
        let client = start_limited(&read(TWO, |text| text.headers = Some(words)).expect("good settings")).client;
        let reply = client.get(GO).send().await;
        assert!(reply.header(field).starts_with(begins), "{words}: {:?}", reply.headers);
        assert_eq!(reply.header("ratelimit").is_empty(), matches!(words, "x-ratelimit" | "none"), "{words}");
        client.get(GO).send().await;
        let refused = client.get(GO).send().await;
        refused.assert_problem(429, "request.rate_limited");
        assert!(!refused.header("retry-after").is_empty(), "{words}");
    }
}

#[actix_web::test]
async fn without_redis_each_policy_does_what_it_says() {
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
                assert_eq!(reply.header("ratelimit"), "", "nobody has counted");
            }
        }
    }
}

#[actix_web::test]
async fn without_redis_an_account_is_counted_here_or_closed() {
    for (outage, expected) in [("local", [200, 429]), ("deny", [503, 503])] {
        let file = format!("policies.guess.quota = '1/1h'\npolicies.guess.outage = '{outage}'");
        let config = read(&file, |text| text.redis_url = Some(NO_REDIS.to_owned().into()));
        let client = start_limited(&config.expect("good settings")).client;
        for status in expected {
            assert_eq!(echo(&client, "Ann").await.status, status, "{outage}");
        }
    }
}

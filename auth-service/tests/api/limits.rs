//! Limits on accounts, addresses, users and service clients.

use std::io::Write;
use std::time::Duration;

use auth_service::config::Config;
use auth_service::limits::LIMITS;
use limiter_lib::testing::RedisServer;
use reqwest::Method;
use serde_json::{Value, json};
use service_kit::server::limits::{LimitsConfig, LimitsText};
use service_kit::settings::ConfigErrors;
use service_kit::testing::{TestReply, eventually};

use crate::app::{CLIENT, TestApp, TestUser, unique_email};

const BOUND: Duration = Duration::from_secs(20);
const WRONG: &str = "four cats on a sofa";

/// Settings with this policy file and a trusted proxy on loopback, so that tests choose the client address.
pub fn limited(file: &str, redis: Option<&str>) -> impl Fn(&mut Config) + use<> {
    limited_behind(file, redis, Some("127.0.0.0/8"))
}

/// The same with these trusted proxies.
pub fn limited_behind(file: &str, redis: Option<&str>, proxies: Option<&str>) -> impl Fn(&mut Config) + use<> {
    let mut written = tempfile::NamedTempFile::new().unwrap();
    written.write_all(file.as_bytes()).unwrap();
    let text = LimitsText {
        file: Some(written.path()),
        redis_url: redis.map(|url| url.to_owned().into()),
        trusted_proxies: proxies,
        ..LimitsText::default()
    };
    let mut errors = ConfigErrors::default();
    let limits = LimitsConfig::read(&LIMITS, &text, "AUTH_", &mut errors);
    let limits = errors.finish(limits).unwrap();
    move |config| {
        config.limits = limits.clone();
        config.server.workers = 1;
    }
}

async fn log_in_from(app: &TestApp, address: &str, email: &str, password: &str) -> TestReply {
    let body = json!({"email": email, "password": password});
    app.post("/api/v1/sessions").header("x-forwarded-for", address).json(&body).send().await
}

fn refused_by(reply: &TestReply) -> Value {
    reply.assert_problem(429, "request.rate_limited")["violated-policies"].clone()
}

fn without_request_id(reply: &TestReply) -> (Vec<String>, Value) {
    let mut problem = reply.json();
    problem.as_object_mut().unwrap().remove("request_id");
    problem.as_object_mut().unwrap().remove("retry_after_ms"); // differs between the two by the elapsed time
    let mut names: Vec<_> = reply.headers.keys().map(ToString::to_string).collect();
    names.sort();
    (names, problem)
}

#[tokio::test]
async fn the_eleventh_guess_from_one_address_is_refused_whether_the_account_exists_or_not() {
    let app = TestApp::start_with(limited("policies.log_in_guess.quota = '10/10h'", None)).await;
    let user = app.user().await;
    let mut refusals = Vec::new();
    for email in [user.email.clone(), unique_email(), "no-address".to_owned()] {
        for _ in 0..10 {
            let reply = log_in_from(&app, "192.0.2.1", &email, WRONG).await;
            reply.assert_problem(401, "auth.wrong_credentials");
        }
        let spelling = format!("  {} ", email.to_uppercase());
        let reply = log_in_from(&app, "192.0.2.1", &spelling, &user.password).await;
        assert_eq!(refused_by(&reply), json!(["log_in_guess"]));
        assert!(reply.header("ratelimit").contains("\"log_in_guess\";r=0;"), "{:?}", reply.headers);
        assert!(reply.header("retry-after").parse::<u32>().unwrap() > 3000, "{:?}", reply.headers);
        refusals.push(without_request_id(&reply));
    }
    assert!(refusals.iter().all(|refusal| refusal == &refusals[0]), "{refusals:?}");
    let owner = log_in_from(&app, "192.0.2.2", &user.email, &user.password).await;
    owner.assert_status(201);
}

#[tokio::test]
async fn guesses_from_many_addresses_share_the_account() {
    let app = TestApp::start_with(limited("policies.log_in_account.quota = '3/3h'", None)).await;
    let (victim, other) = (app.user().await, app.user().await);
    for address in ["192.0.2.1", "192.0.2.2", "2001:db8::1"] {
        log_in_from(&app, address, &victim.email, WRONG).await.assert_problem(401, "auth.wrong_credentials");
    }
    let reply = log_in_from(&app, "192.0.2.3", &victim.email, WRONG).await;
    assert_eq!(refused_by(&reply), json!(["log_in_account"]));
    log_in_from(&app, "192.0.2.3", &other.email, &other.password).await.assert_status(201);
}

#[tokio::test]
async fn guesses_at_many_accounts_share_the_address() {
    let app = TestApp::start_with(limited("policies.log_in.quota = '3/3h'", None)).await;
    for _ in 0..3 {
        let reply = log_in_from(&app, "192.0.2.1", &unique_email(), WRONG).await;
        reply.assert_problem(401, "auth.wrong_credentials");
    }
    let reply = log_in_from(&app, "192.0.2.1", &unique_email(), WRONG).await;
    assert_eq!(refused_by(&reply), json!(["log_in"]));
    let spoofed = log_in_from(&app, "203.0.113.7, 192.0.2.1", &unique_email(), WRONG).await;
    assert_eq!(refused_by(&spoofed), json!(["log_in"]));
}

#[tokio::test]
async fn correct_sign_ins_do_not_use_up_the_guesses() {
    let file = "policies.log_in_guess.quota = '2/2h'\npolicies.log_in_account.quota = '3/3h'";
    let app = TestApp::start_with(limited(file, None)).await;
    let user = app.user().await;
    for _ in 0..5 {
        let reply = log_in_from(&app, "192.0.2.1", &user.email, &user.password).await;
        reply.assert_status(201);
        let left = reply.header("ratelimit");
        assert!(left.contains("\"log_in_guess\";r=2;") && left.contains("\"log_in_account\";r=3;"), "{left}");
    }
    for _ in 0..2 {
        log_in_from(&app, "192.0.2.1", &user.email, WRONG).await.assert_problem(401, "auth.wrong_credentials");
    }
    let reply = log_in_from(&app, "192.0.2.1", &user.email, &user.password).await;
    assert_eq!(refused_by(&reply), json!(["log_in_guess"]));
}

#[tokio::test]
async fn sign_ups_are_counted_by_address_and_by_account() {
    let file = "policies.sign_up.quota = '3/3h'\npolicies.sign_up_account.quota = '1/1h'";
    let app = TestApp::start_with(limited(file, None)).await;
    let sign_up = async |address: &str, email: &str| {
        let body = json!({"email": email, "password": "three cats on a sofa"});
        app.post("/api/v1/users").header("x-forwarded-for", address).json(&body).send().await
    };
    let email = unique_email();
    sign_up("192.0.2.1", &email).await.assert_status(201);
    let again = sign_up("192.0.2.2", &email.to_uppercase()).await;
    assert_eq!(refused_by(&again), json!(["sign_up_account"]));
    sign_up("192.0.2.1", &unique_email()).await.assert_status(201);
    sign_up("192.0.2.1", &unique_email()).await.assert_status(201);
    assert_eq!(refused_by(&sign_up("192.0.2.1", &unique_email()).await), json!(["sign_up"]));
}

#[tokio::test]
async fn refreshes_are_counted_by_address() {
    let app = TestApp::start_with(limited("policies.refresh.quota = '2/2h'", None)).await;
    for _ in 0..2 {
        app.refresh("mqr_nonsense").await.assert_problem(401, "auth.refresh_token_invalid");
    }
    assert_eq!(refused_by(&app.refresh("mqr_nonsense").await), json!(["refresh"]));
}

#[tokio::test]
async fn service_clients_are_counted_by_name_and_not_by_address() {
    let file = "policies.introspect.quota = '2/2h'";
    let app = TestApp::start_with(limited(file, None)).await;
    let introspect = async |secret: &str, address: &str| {
        let request = app.post("/oauth2/introspect").basic(CLIENT.0, secret).header("x-forwarded-for", address);
        request.form(&[("token", "a.b.c")]).send().await
    };
    for _ in 0..3 {
        introspect("a wrong secret is nobody's", "192.0.2.1").await.assert_problem(401, "auth.client_rejected");
    }
    introspect(CLIENT.1, "192.0.2.1").await.assert_status(200);
    introspect(CLIENT.1, "192.0.2.2").await.assert_status(200);
    assert_eq!(refused_by(&introspect(CLIENT.1, "192.0.2.3").await), json!(["introspect"]));
}

#[tokio::test]
async fn a_user_is_counted_over_all_sessions() {
    let app = TestApp::start_with(limited("policies.account_user.quota = '3/3h'", None)).await;
    let (user, other) = (app.user().await, app.user().await);
    let (one, two) = (app.signed_in(&user).await, app.signed_in(&user).await);
    let other = app.signed_in(&other).await;
    app.me(&one.access).await.assert_status(200);
    app.me(&two.access).await.assert_status(200);
    app.change_role(Method::PUT, &one, &user.id, "editor").await.assert_problem(403, "auth.forbidden");
    assert_eq!(refused_by(&app.me(&two.access).await), json!(["account_user"]));
    assert_eq!(refused_by(&app.log_out(&one.access).await), json!(["account_user"]));
    app.me(&other.access).await.assert_status(200);
    app.me("a.bad.token").await.assert_problem(401, "auth.token_invalid");
}

#[tokio::test]
async fn the_defaults_let_a_household_sign_in_and_look_around() {
    let app = TestApp::start_with(limited("", None)).await;
    let people = [app.user().await, app.user().await, app.user().await];
    for user in &people {
        for _ in 0..4 {
            let session = app.signed_in(user).await;
            app.me(&session.access).await.assert_status(200);
            app.refresh(&session.refresh).await.assert_status(200);
            app.log_out(&session.access).await.assert_status(204);
        }
    }
}

/// Number of keys in Redis of the policy that only [`connect`] uses.
fn connected(redis: &RedisServer) -> usize {
    redis.command(&["KEYS", "rl1-auth:{0}:keys:*"]).matches("rl1-auth:").count()
}

/// Waits until Redis decides for `app`, the `number`-th replica.
async fn connect(app: &TestApp, redis: &RedisServer, number: usize) {
    let address = format!("198.51.100.{number}");
    eventually("Redis decides", BOUND, async || {
        app.get("/.well-known/jwks.json").header("x-forwarded-for", &address).send().await;
        // A reconnected replica first charges Redis with its ledger, and decides locally until that is done.
        connected(redis) >= number && !app.state().limits.is_degraded()
    })
    .await;
}

async fn refresh_from(app: &TestApp, address: &str) -> u16 {
    let body = json!({"refresh_token": "mqr_nonsense"});
    let request = app.post("/api/v1/sessions/refresh").header("x-forwarded-for", address).json(&body);
    request.send().await.status.as_u16()
}

#[tokio::test]
async fn two_services_on_one_redis_share_one_limit_and_keep_it_when_redis_dies() {
    let mut redis = RedisServer::start();
    let file = "policies.refresh.quota = '10/100h'\npolicies.keys.quota = '1000/1h'";
    let settings = limited(file, Some(&redis.url()));
    let one = TestApp::start_with(&settings).await;
    let two = TestApp::start_in(one.home.clone(), &settings).await;
    connect(&one, &redis, 1).await;
    connect(&two, &redis, 2).await;
    let mut admitted = 0;
    for turn in 0..24 {
        let app = if turn % 2 == 0 { &one } else { &two };
        admitted += usize::from(refresh_from(app, "192.0.2.1").await == 401);
    }
    // A request that Redis answered after the timeout is counted twice, which happens on a busy machine.
    assert!((5..=10).contains(&admitted), "ten for both together, not {admitted}");

    redis.kill();
    for app in [&one, &two] {
        assert_eq!(refresh_from(app, "192.0.2.1").await, 429, "what was used up stays so");
        let mut statuses = Vec::new();
        for _ in 0..30 {
            statuses.push(refresh_from(app, "192.0.2.2").await);
        }
        let admitted = statuses.iter().filter(|status| **status == 401).count();
        assert!((1..=10).contains(&admitted), "a share of ten: {statuses:?}");
        assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 30 - admitted, "{statuses:?}");
    }
}

#[tokio::test]
async fn a_service_starts_while_redis_is_unavailable_and_connects_later() {
    let mut redis = RedisServer::start();
    redis.kill();
    let file = "policies.refresh.quota = '3/3h'\npolicies.keys.quota = '1000/1h'";
    let app = TestApp::start_with(limited(file, Some(&redis.url()))).await;
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(refresh_from(&app, "192.0.2.1").await);
    }
    assert_eq!(statuses, [401, 401, 401, 429], "this process counts meanwhile");
    let user: TestUser = app.user().await;
    app.signed_in(&user).await;

    redis.restart();
    connect(&app, &redis, 1).await;
    assert_eq!(refresh_from(&app, "192.0.2.2").await, 401);
}

#[tokio::test]
async fn the_acl_in_the_manual_is_sufficient() {
    let manual = include_str!("../../../docs/limits.md");
    let rights = manual.lines().find(|line| line.starts_with("ACL SETUSER marquee-auth")).unwrap();
    let mut redis = RedisServer::start();
    let words = rights.replace(">SECRET", ">0123456789");
    let allow = |redis: &RedisServer| {
        let words: Vec<_> = words.split_whitespace().collect();
        assert_eq!(redis.command(&words), "+OK\r\n");
    };
    allow(&redis);
    let url = redis.url().replace("redis://", "redis://marquee-auth:0123456789@");
    let file = "policies.refresh.quota = '3/3h'\npolicies.keys.quota = '1000/1h'";
    let app = TestApp::start_with(limited(file, Some(&url))).await;
    connect(&app, &redis, 1).await;
    eventually("three are used up", BOUND, async || refresh_from(&app, "192.0.2.1").await == 429).await;
    let user = app.user().await;
    app.signed_in(&user).await; // takes and refunds

    redis.kill();
    assert_eq!(refresh_from(&app, "192.0.2.1").await, 429);
    redis.restart();
    allow(&redis);
    connect(&app, &redis, 1).await;
    let denied = redis.command(&["ACL", "LOG"]);
    assert!(!denied.contains("command") && !denied.contains("key"), "{denied}");
}

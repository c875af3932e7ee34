//! `GET /api/v1/me/sign-ins`.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use service_kit::testing::eventually;

use crate::app::{SignedIn, TestApp, TestUser};

const DAY: Duration = Duration::from_secs(24 * 3600);

async fn history(app: &TestApp, access: &str, query: &str) -> Value {
    app.get(&format!("/api/v1/me/sign-ins{query}")).bearer(access).send().await.assert_status(200)
}

fn times(page: &Value) -> Vec<DateTime<Utc>> {
    page["items"].as_array().unwrap().iter().map(|item| item["at"].as_str().unwrap().parse().unwrap()).collect()
}

async fn on(app: &TestApp, user: &TestUser, kind: &str) -> SignedIn {
    let body = json!({"email": user.email, "password": user.password, "device": {"kind": kind}});
    SignedIn::from(&app.post("/api/v1/sessions").json(&body).send().await.assert_status(201))
}

#[tokio::test]
async fn sign_ins_are_listed_newest_first_with_device_method_outcome_and_location() {
    let app = TestApp::start().await;
    let user = app.user().await;
    on(&app, &user, "phone").await;
    app.advance(Duration::from_secs(1));
    app.log_in(&user.email, "four cats on a sofa").await.assert_problem(401, "auth.wrong_credentials");
    eventually("the failure is recorded", Duration::from_secs(10), async || {
        app.count_sign_ins(user.id.parse().unwrap()).await == 2
    })
    .await;
    app.advance(Duration::from_secs(1));
    let tv = on(&app, &user, "tv").await;
    let page = history(&app, &tv.access, "").await;
    let items = page["items"].as_array().unwrap();
    let listed: Vec<_> = items.iter().map(|item| (item["device"].clone(), item["outcome"].clone())).collect();
    assert_eq!(
        listed,
        [
            (json!("tv"), json!("success")),
            (json!("other"), json!("wrong_password")),
            (json!("phone"), json!("success"))
        ]
    );
    assert_eq!(items[0]["method"], "password");
    assert_eq!(items[0]["session_id"], tv.session);
    assert!(items[1].get("session_id").is_none());
    assert_eq!(items[0]["place"], json!({"address": "127.0.0.1"}));
    assert!(page.get("next_cursor").is_none());
}

#[tokio::test]
async fn an_unknown_device_counts_as_other() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let tokens = app.signed_in(&user).await;
    app.home.sql("UPDATE sign_ins SET device = 77").await; // as a later release may write it
    assert_eq!(history(&app, &tokens.access, "").await["items"][0]["device"], "other");
}

#[tokio::test]
async fn a_refresh_counts_as_a_sign_in_only_when_the_access_token_had_expired() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let first = on(&app, &user, "tv").await;
    app.advance(Duration::from_secs(599));
    let second = SignedIn::from(&app.refresh(&first.refresh).await.assert_status(200));
    assert_eq!(times(&history(&app, &second.access, "").await).len(), 1);
    app.advance(Duration::from_secs(600));
    let third = SignedIn::from(&app.refresh(&second.refresh).await.assert_status(200));
    let page = history(&app, &third.access, "").await;
    assert_eq!(times(&page).len(), 2);
    let newest = &page["items"][0];
    assert_eq!(
        (&newest["method"], &newest["device"], &newest["outcome"]),
        (&json!("refresh"), &json!("tv"), &json!("success"))
    );
    // The same refresh again is not another sign-in.
    app.refresh(&second.refresh).await.assert_status(200);
    assert_eq!(times(&history(&app, &third.access, "").await).len(), 2);
}

#[tokio::test]
async fn pages_follow_each_other_without_gap_or_repeat() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let mut tokens = app.signed_in(&user).await;
    for _ in 0..6 {
        app.advance(Duration::from_secs(7));
        tokens = app.signed_in(&user).await;
    }
    let all = times(&history(&app, &tokens.access, "?page_size=100").await);
    assert_eq!(all.len(), 7);
    assert!(all.is_sorted_by(|newer, older| newer > older));
    let (mut paged, mut query) = (Vec::new(), "?page_size=3".to_owned());
    loop {
        let page = history(&app, &tokens.access, &query).await;
        paged.extend(times(&page));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        query = format!("?page_size=3&cursor={cursor}");
        // New sign-ins do not shift the pages.
        app.advance(Duration::from_secs(1));
        app.signed_in(&user).await;
    }
    assert_eq!(paged, all);
}

#[tokio::test]
async fn bounds_are_inclusive_at_the_start_and_exclusive_at_the_end() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let mut tokens = app.signed_in(&user).await;
    for _ in 0..2 {
        app.advance(DAY);
        tokens = app.signed_in(&user).await;
    }
    let all = times(&history(&app, &tokens.access, "").await);
    let text = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Micros, true);
    let (newest, middle, oldest) = (text(all[0]), text(all[1]), text(all[2]));
    let count = async |query: String| times(&history(&app, &tokens.access, &query).await).len();
    assert_eq!(count(format!("?since={oldest}&until={newest}")).await, 2);
    assert_eq!(count(format!("?since={middle}")).await, 2);
    assert_eq!(count(format!("?until={oldest}")).await, 0);
    assert_eq!(count(format!("?since={newest}&until={oldest}")).await, 0);
    assert_eq!(count("?since=0000-01-01T00:00:00Z&until=9999-12-31T23:59:59Z".into()).await, 3);
}

#[tokio::test]
async fn without_bounds_the_last_90_days_are_listed() {
    let app = TestApp::start().await;
    let user = app.user().await;
    app.signed_in(&user).await;
    app.advance(DAY * 91);
    let tokens = app.signed_in(&user).await;
    assert_eq!(times(&history(&app, &tokens.access, "").await).len(), 1);
    let since = (app.state().now() - chrono::TimeDelta::days(120)).to_rfc3339_opts(SecondsFormat::Secs, true);
    assert_eq!(times(&history(&app, &tokens.access, &format!("?since={since}")).await).len(), 2);
}

#[tokio::test]
async fn the_history_of_another_user_is_not_visible() {
    let app = TestApp::start().await;
    let (anna, boris) = (app.user().await, app.user().await);
    app.signed_in(&anna).await;
    let tokens = app.signed_in(&boris).await;
    let page = history(&app, &tokens.access, "").await;
    assert_eq!(page["items"].as_array().unwrap().len(), 1);
    assert_eq!(page["items"][0]["session_id"], tokens.session);
    app.get("/api/v1/me/sign-ins").send().await.assert_problem(401, "auth.token_missing");
}

#[tokio::test]
async fn invalid_cursors_sizes_and_times_are_refused() {
    let app = TestApp::start().await;
    let tokens = app.signed_in(&app.user().await).await;
    let ask = async |query: &str| app.get(&format!("/api/v1/me/sign-ins?{query}")).bearer(&tokens.access).send().await;
    for cursor in ["x", "-1", "%2B1", "ffffffffffffffff", "7fffffffffffffff", "FF", "%F0%9F%8E%AC", &"1".repeat(400)] {
        ask(&format!("cursor={cursor}")).await.assert_problem(400, "auth.invalid_cursor");
    }
    for query in ["page_size=0", "page_size=101", "since=yesterday", "until=2026-13-01T00:00:00Z", "cursor="] {
        ask(query).await.assert_problem(422, "request.invalid_fields");
    }
    ask("order=asc").await.assert_problem(400, "request.invalid_query");
}

#[tokio::test]
async fn a_region_header_is_accepted_from_a_trusted_proxy_only() {
    let header = "x-client-region";
    let place_of = async |app: &TestApp, region: &str| {
        let user = app.user().await;
        let body = json!({"email": user.email, "password": user.password});
        let ask = app.post("/api/v1/sessions").header("x-forwarded-for", "192.0.2.7").header(header, region);
        let tokens = SignedIn::from(&ask.json(&body).send().await.assert_status(201));
        history(app, &tokens.access, "").await["items"][0]["place"].clone()
    };
    let behind_proxy = |proxies: &'static str| {
        TestApp::start_with(move |config| {
            let clients = service_kit::server::limits::Clients::new(proxies.parse().unwrap(), Default::default());
            config.limits.clients = clients;
            config.client_region_header = Some(actix_web::http::header::HeaderName::from_static(header));
        })
    };
    let trusting = behind_proxy("127.0.0.0/8").await;
    assert_eq!(place_of(&trusting, "RU-MOW").await, json!({"address": "192.0.2.7", "region": "RU-MOW"}));
    assert_eq!(place_of(&trusting, "Moscow").await, json!({"address": "192.0.2.7"}));
    let distrusting = behind_proxy("10.0.0.0/8").await;
    assert_eq!(place_of(&distrusting, "RU-MOW").await, json!({"address": "127.0.0.1"}));
}

//! While auth-service cannot check a token, its bearer is served as anonymous, the response is marked, and it holds
//! nothing that an anonymous caller would not get; on films for subscribers it says that nobody could check.

use service_kit::testing::TestReply;

use crate::app::TestApp;
use crate::auth_stand_in::Failure;
use crate::routes::{self, Call};

/// A token with all rights, while auth-service can check it.
fn privileged_token(app: &TestApp) -> String {
    app.auth.token(Some(40), &["films.write", "films.play_subscription"])
}

/// Sends a request while auth-service fails, then enough successful ones that the breaker stays closed.
async fn send_during(app: &TestApp, failure: Failure, call: &Call, token: &str) -> TestReply {
    app.auth.fail(failure).await;
    let reply = call.on(app).bearer(token).header("accept-language", "ru").send().await;
    app.auth.recover();
    for _ in 0..4 {
        app.get("/api/v1/genres").bearer("some.bad.token").send().await;
    }
    reply
}

fn assert_marked(reply: &TestReply, reason: &str, context: &str) {
    assert_eq!(reply.header("degraded"), format!("auth;reason={reason}"), "{context}");
    assert_eq!(reply.header("cache-control"), "private, no-store", "{context}");
    assert_eq!(reply.header("cdn-cache-control"), "no-store", "{context}");
    assert_eq!(reply.header("vary"), "Authorization, Accept-Language", "{context}");
    assert_eq!(reply.header("etag"), "", "{context}");
    assert_eq!(reply.header("www-authenticate"), "", "{context}: keep the session");
}

/// Settings under which a failure shows soon; only timeouts show by waiting.
fn settings(failure: Failure) -> &'static [&'static str] {
    match failure {
        Failure::Hangs | Failure::StallsInTheBody => &["--auth-timeout", "250ms"],
        _ => &[],
    }
}

/// What an anonymous viewer reads on a film for subscribers, and a degraded one instead.
const OFFER: &str = r#"{"allowed":false,"reason":"subscription_required"}"#;
const NOT_CHECKED: &str = r#"{"allowed":false,"reason":"not_checked"}"#;

async fn every_route_is_served_as_anonymous(failure: Failure) {
    let app = TestApp::start_with(settings(failure)).await;
    let token = privileged_token(&app);
    for call in routes::optional(&app) {
        let context = format!("{} while auth-service {failure:?}", call.path);
        let anonymous = call.on(&app).header("accept-language", "ru").send().await;
        anonymous.assert_status(200);

        let degraded = send_during(&app, failure, &call, &token).await;

        let mark = degraded.assert_status(200)["viewer"].to_string();
        assert_eq!(mark, format!(r#"{{"mode":"degraded","reason":"{}"}}"#, failure.reason()), "{context}");
        assert_marked(&degraded, failure.reason(), &context);
        let text = degraded.text().replace(&mark, r#"{"mode":"anonymous"}"#);
        assert!(!text.contains(OFFER), "{context}: a subscriber is offered a subscription");
        assert_eq!(text.replace(NOT_CHECKED, OFFER), anonymous.text(), "{context}: byte by byte");
    }
}

async fn films_for_adults_stay_hidden(failure: Failure) {
    let app = TestApp::start_with(settings(failure)).await;
    let token = privileged_token(&app);
    for call in routes::adults_only(&app) {
        let context = format!("{} while auth-service {failure:?}", call.path);
        let anonymous = call.on(&app).header("accept-language", "ru").send().await;
        let member = call.on(&app).bearer(&token).header("accept-language", "ru").send().await;
        assert_eq!(member.status, 200, "{context}");

        let degraded = send_during(&app, failure, &call, &token).await;

        assert_eq!(degraded.status, anonymous.status, "{context}");
        assert_eq!(degraded.header("www-authenticate"), "", "{context}");
        if anonymous.status == 404 {
            let code = anonymous.json()["code"].as_str().expect("a code").to_owned();
            degraded.assert_problem(404, &code);
            assert_eq!(degraded.header("degraded"), format!("auth;reason={}", failure.reason()), "{context}");
        } else {
            assert_marked(&degraded, failure.reason(), &context);
            let strip = |reply: &TestReply| {
                let mut body = reply.json();
                body["viewer"].take();
                body.to_string().replace(NOT_CHECKED, OFFER)
            };
            assert_eq!(strip(&degraded), strip(&anonymous), "{context}");
        }
    }
}

macro_rules! during {
    ($($name:ident: $failure:ident;)*) => {$(
        mod $name {
            use super::Failure;

            #[tokio::test]
            async fn every_route_is_served_as_anonymous() {
                super::every_route_is_served_as_anonymous(Failure::$failure).await;
            }

            #[tokio::test]
            async fn films_for_adults_stay_hidden() {
                super::films_for_adults_stay_hidden(Failure::$failure).await;
            }
        }
    )*

        #[test]
        fn every_failure_has_its_tests() {
            assert_eq!(Failure::ALL, [$(Failure::$failure),*]);
        }
    };
}

during! {
    while_auth_refuses_connections: RefusesConnections;
    while_auth_hangs: Hangs;
    while_auth_stalls_in_the_body: StallsInTheBody;
    while_auth_returns_500: Returns500;
    while_auth_returns_503: Returns503;
    while_auth_returns_429: Returns429;
    while_auth_returns_html: ReturnsHtml;
    while_auth_returns_other_json: ReturnsOtherJson;
    while_auth_returns_active_alone: ReturnsActiveAlone;
    while_auth_returns_other_types: ReturnsOtherTypes;
    while_auth_returns_an_array: ReturnsAnArray;
    while_auth_returns_no_http: ReturnsNoHttp;
    while_auth_closes_connections: ClosesConnection;
    while_auth_breaks_off: BreaksOff;
    while_auth_rejects_the_client: RejectsClient;
}

#[tokio::test]
async fn an_outage_changes_nothing_for_anonymous_callers() {
    let app = TestApp::start().await;
    let calls = routes::optional(&app);
    let mut before = Vec::new();
    for call in &calls {
        before.push(call.on(&app).send().await);
    }
    app.auth.fail(Failure::RefusesConnections).await;

    for (call, before) in calls.iter().zip(before) {
        let now = call.on(&app).send().await;
        assert_eq!((now.status, &now.body), (before.status, &before.body), "{}", call.path);
        assert_eq!(now.header("etag"), before.header("etag"));
        assert_eq!(now.header("degraded"), "");
    }
}

#[tokio::test]
async fn a_malformed_token_is_rejected_during_an_outage_too() {
    let app = TestApp::start().await;
    app.auth.fail(Failure::RefusesConnections).await;

    for header in ["Bearer", "Basic eDp5", "Bearer a.b", "nonsense"] {
        let reply = app.get("/api/v1/films").header("authorization", header).send().await;
        reply.assert_problem(401, "auth.token_invalid");
    }
}

#[tokio::test]
async fn a_bad_request_is_a_bad_request_during_an_outage_too() {
    let app = TestApp::start().await;
    app.auth.fail(Failure::Returns500).await;

    for path in ["/api/v1/films?colour=red", "/api/v1/films/search"] {
        app.get(path).bearer("a.b.c").send().await.assert_problem(400, "request.invalid_query");
    }
    for path in ["/api/v1/films?page=0", "/api/v1/films?genre=opera"] {
        app.get(path).bearer("a.b.c").send().await.assert_problem(422, "request.invalid_fields");
    }
    app.get("/api/v1/films?cursor=x").bearer("a.b.c").send().await.assert_problem(400, "movies.invalid_cursor");
    app.get("/api/v1/films/42").bearer("a.b.c").send().await.assert_problem(400, "request.invalid_path");
}

#[tokio::test]
async fn a_cached_identity_is_not_served_during_an_outage() {
    let app = TestApp::start_with(&["--auth-cache-ttl", "30s"]).await;
    let token = privileged_token(&app);
    let mode =
        async |token: &str| app.read("/api/v1/films", Some(token)).await.assert_status(200)["viewer"]["mode"].clone();
    assert_eq!(mode(&token).await, "member");
    app.auth.fail(Failure::Returns500).await;
    for _ in 0..5 {
        assert_eq!(mode("some.other.token").await, "degraded");
    }

    assert_eq!(mode(&token).await, "degraded", "the breaker is open");
    app.get("/api/v1/films/changes").bearer(&token).send().await.assert_problem(503, "auth.unavailable");
}

//! Caching of responses.

use service_kit::testing::TestReply;

use crate::app::TestApp;
use crate::auth_stand_in::Failure;
use crate::routes::{self, Call};

async fn send(app: &TestApp, call: &Call, headers: &[(&str, &str)]) -> TestReply {
    headers.iter().fold(call.on(app), |request, (name, value)| request.header(name, value)).send().await
}

#[tokio::test]
async fn an_anonymous_response_may_be_shared_for_30_seconds() {
    let app = TestApp::start().await;

    for call in routes::optional(&app) {
        let reply = send(&app, &call, &[]).await;
        assert_eq!(reply.status, 200, "{}", call.path);
        assert_eq!(reply.header("cache-control"), "public, max-age=30", "{}", call.path);
        assert_eq!(reply.header("vary"), "Authorization, Accept-Language", "{}", call.path);
        assert_eq!(reply.header("content-type"), "application/json", "{}", call.path);
        assert!(reply.header("etag").starts_with('"'), "{}: a strong tag", call.path);
    }
}

#[tokio::test]
async fn a_members_response_is_private() {
    let app = TestApp::start().await;
    let token = format!("Bearer {}", app.aged(30));

    for call in routes::optional(&app) {
        let reply = send(&app, &call, &[("authorization", &token)]).await;
        assert_eq!(reply.status, 200, "{}", call.path);
        assert_eq!(reply.header("cache-control"), "private, no-cache", "{}", call.path);
        assert_eq!(reply.header("vary"), "Authorization, Accept-Language", "{}", call.path);
        assert!(reply.header("etag").starts_with('"'), "{}", call.path);
    }
}

#[tokio::test]
async fn a_matching_entity_tag_gets_304() {
    let app = TestApp::start().await;
    let token = format!("Bearer {}", app.aged(30));

    for call in routes::optional(&app) {
        for caller in [&[][..], &[("authorization", token.as_str())]] {
            let first = send(&app, &call, caller).await;
            let tag = first.header("etag").to_owned();
            for known in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".to_owned()] {
                let again = send(&app, &call, &[caller, &[("if-none-match", &known)]].concat()).await;
                assert_eq!(again.status, 304, "{} {known}", call.path);
                assert!(again.body.is_empty());
                for header in ["etag", "cache-control", "vary", "content-language"] {
                    assert_eq!(again.header(header), first.header(header), "{} {header}", call.path);
                }
            }
            let other = send(&app, &call, &[caller, &[("if-none-match", "\"other\"")]].concat()).await;
            assert_eq!((other.status.as_u16(), other.body), (200, first.body), "{}", call.path);
        }
    }
}

#[tokio::test]
async fn tags_of_different_responses_differ() {
    let app = TestApp::start().await;
    let token = format!("Bearer {}", app.aged(30));
    let path = format!("/api/v1/films/{}", app.film("Solaris"));
    let tag = async |headers: &[(&str, &str)]| {
        let request = headers.iter().fold(app.get(&path), |request, (name, value)| request.header(name, value));
        request.send().await.header("etag").to_owned()
    };

    let anonymous = tag(&[]).await;
    assert_eq!(anonymous, tag(&[]).await);
    let russian = tag(&[("accept-language", "ru")]).await;
    let member = tag(&[("authorization", &token)]).await;
    assert!(anonymous != russian && anonymous != member && russian != member);
    let film = serde_json::json!({"version": app.body(&path).await["film"]["version"], "film": {"title": "Solaris", "year": 1972}});
    app.put(&path).bearer(&app.editor()).json(&film).send().await.assert_status(200);
    assert_ne!(anonymous, tag(&[]).await, "a changed film has a new tag");
}

#[tokio::test]
async fn an_earlier_tag_gives_no_304_while_degraded() {
    let app = TestApp::start().await;
    let token = app.aged(30);
    let calls = routes::optional(&app);
    let anonymous = send(&app, &calls[0], &[]).await.header("etag").to_owned();
    let member = calls[0].on(&app).bearer(&token).send().await.header("etag").to_owned();
    app.auth.fail(Failure::Returns500).await;

    for known in [anonymous, member, "*".to_owned()] {
        let reply = calls[0].on(&app).bearer(&token).header("if-none-match", &known).send().await;
        assert_eq!(reply.status, 200, "{known}");
        assert_eq!(reply.json()["viewer"]["mode"], "degraded");
    }
}

#[tokio::test]
async fn a_problem_is_never_cached() {
    let app = TestApp::start().await;

    for path in
        ["/api/v1/films?page=0", "/api/v1/films/42", "/api/v1/genres/opera", "/nowhere", "/api/v1/films/changes"]
    {
        let reply = app.get(path).send().await;
        assert!(reply.status.is_client_error());
        assert_eq!(reply.header("cache-control"), "no-store", "{path}");
        assert_eq!(reply.header("etag"), "", "{path}");
    }
}

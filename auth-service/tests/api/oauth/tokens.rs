//! `POST /oauth2/token` and `POST /oauth2/revoke`.

use serde_json::Value;
use service_kit::testing::TestReply;

use crate::app::{CLIENT, SignedIn, TestApp};

const ME: (&str, &str) = ("client_id", "marquee");
const GRANT: (&str, &str) = ("grant_type", "refresh_token");

async fn token(app: &TestApp, form: &[(&str, &str)]) -> TestReply {
    app.post("/oauth2/token").form(form).send().await
}

async fn refresh(app: &TestApp, refresh_token: &str) -> TestReply {
    token(app, &[GRANT, ME, ("refresh_token", refresh_token)]).await
}

/// Checks that this is an error in the form of OAuth (RFC 6749 §5.2), and a problem as everywhere else.
#[track_caller]
fn assert_error(reply: &TestReply, status: u16, error: &str, code: &str) -> Value {
    let body = reply.assert_problem(status, code);
    assert_eq!((&body["error"], reply.header("cache-control")), (&error.into(), "no-store"), "{body}");
    assert!(body["error_description"].as_str().is_some_and(|text| !text.is_empty()), "{body}");
    body
}

#[tokio::test]
async fn sessions_are_refreshed_at_both_doors_by_the_same_rules() {
    let app = TestApp::start().await;
    let first = app.signed_in(&app.user().await).await;
    let second = refresh(&app, &first.refresh).await.assert_status(200);
    assert_eq!((&second["token_type"], &second["session_id"]), (&"Bearer".into(), &first.session.clone().into()));
    assert_eq!(second["expires_in"], 600);
    app.me(second["access_token"].as_str().unwrap()).await.assert_status(200);
    let again = refresh(&app, &first.refresh).await.assert_status(200);
    assert_eq!(again["refresh_token"], second["refresh_token"], "within the grace period");
    let third = SignedIn::from(&app.refresh(second["refresh_token"].as_str().unwrap()).await.assert_status(200));
    let fourth = refresh(&app, &third.refresh).await.assert_status(200);
    let replay = refresh(&app, &first.refresh).await;
    assert_error(&replay, 400, "invalid_grant", "auth.refresh_token_replayed");
    let ended = refresh(&app, fourth["refresh_token"].as_str().unwrap()).await;
    assert_error(&ended, 400, "invalid_grant", "auth.refresh_token_invalid");
}

#[tokio::test]
async fn a_client_is_named_once_and_has_no_secret() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let form = |refresh: &str| vec![GRANT.0.to_owned(), GRANT.1.to_owned(), "refresh_token".into(), refresh.to_owned()];
    for (basic, id, secret, error) in [
        (None, Some("marquee"), None, None),
        (None, Some("marquee"), Some(""), None),
        (Some(("marquee", "")), None, None, None),
        (Some(("marquee", "")), Some("marquee"), None, None),
        (None, None, None, None),
        (None, Some(""), None, None),
        (None, None, Some("secret"), Some("invalid_client")),
        (None, Some("Marquee"), None, Some("invalid_client")),
        (None, Some("films"), None, Some("invalid_client")),
        (None, Some("marquee"), Some("secret"), Some("invalid_client")),
        (Some(("marquee", "secret")), None, None, Some("invalid_client")),
        (Some(CLIENT), None, None, Some("invalid_client")),
        (Some(("", "")), None, None, Some("invalid_client")),
        (Some(("films", "")), Some("marquee"), None, Some("invalid_request")),
        (Some(("marquee", "secret")), Some("marquee"), Some("secret"), Some("invalid_request")),
    ] {
        let tokens = app.signed_in(&user).await;
        let fields = form(&tokens.refresh);
        let mut fields: Vec<(&str, &str)> = fields.chunks(2).map(|pair| (pair[0].as_str(), pair[1].as_str())).collect();
        fields.extend(id.map(|id| ("client_id", id)));
        fields.extend(secret.map(|secret| ("client_secret", secret)));
        let request = app.post("/oauth2/token").form(&fields);
        let request = basic.iter().fold(request, |request, (id, secret)| request.basic(id, secret));
        let reply = request.send().await;
        let case = format!("{basic:?} {id:?} {secret:?}: {}", reply.text());
        match error {
            None => assert_eq!(reply.status, 200, "{case}"),
            Some("invalid_client") => {
                assert_error(&reply, 401, "invalid_client", "auth.client_rejected");
                assert!(reply.header("www-authenticate").starts_with("Basic "), "{case}");
            }
            Some(error) => drop(assert_error(&reply, 400, error, "request.malformed")),
        }
    }
    let reply = app.post("/oauth2/token").bearer("a.b.c").form(&[GRANT, ME]).send().await;
    assert_error(&reply, 401, "invalid_client", "auth.client_rejected");
}

#[tokio::test]
async fn parameters_count_once_and_unknown_ones_not_at_all() {
    let app = TestApp::start().await;
    let tokens = app.signed_in(&app.user().await).await;
    let mine = ("refresh_token", tokens.refresh.as_str());
    let known = [GRANT, ME, mine, ("scope", ""), ("resource", ""), ("acr_values", "x"), ("acr_values", "y")];
    token(&app, &known).await.assert_status(200);
    for (twice, case) in [(GRANT, "grant_type"), (ME, "client_id"), (mine, "refresh_token")] {
        let reply = token(&app, &[GRANT, ME, mine, twice]).await;
        let body = assert_error(&reply, 400, "invalid_request", "request.invalid_fields");
        let description = body["error_description"].as_str().unwrap();
        assert!(description.contains(case) && description.contains("duplicate field"), "{description}");
    }
    for form in [&[GRANT, ME][..], &[GRANT, ME, ("refresh_token", "")]] {
        assert_error(&token(&app, form).await, 400, "invalid_request", "request.malformed");
    }
    assert_error(&token(&app, &[ME, mine]).await, 400, "invalid_request", "request.invalid_fields");
    let long = token(&app, &[GRANT, ME, mine, ("client_secret", &"x".repeat(257))]).await;
    assert_error(&long, 400, "invalid_request", "request.invalid_fields");
    let in_query = format!("/oauth2/token?grant_type=refresh_token&client_id=marquee&refresh_token={}", tokens.refresh);
    let reply = app.post(&in_query).form(&[ME]).send().await;
    assert_error(&reply, 400, "invalid_request", "request.invalid_fields");
    let reply = app.post("/oauth2/token").body("application/json", "{}").send().await;
    assert_error(&reply, 415, "invalid_request", "request.unsupported_media_type");
    assert_error(&app.get("/oauth2/token").send().await, 405, "invalid_request", "request.method_not_allowed");
    assert_error(&app.get("/oauth2/nothing").send().await, 404, "invalid_request", "request.no_such_route");
}

#[tokio::test]
async fn there_are_no_other_grants_and_a_refresh_widens_nothing() {
    let app = TestApp::start().await;
    let tokens = app.signed_in(&app.user().await).await;
    let mine = ("refresh_token", tokens.refresh.as_str());
    for grant in ["password", "implicit", "code", "REFRESH_TOKEN", ""] {
        let reply = token(&app, &[("grant_type", grant), ME, mine, ("username", "a"), ("password", "b")]).await;
        assert_error(&reply, 400, "unsupported_grant_type", "auth.grant_unsupported");
    }
    let reply = token(&app, &[GRANT, ME, mine, ("scope", "openid")]).await;
    assert_error(&reply, 400, "invalid_scope", "auth.scope_invalid");
    for resource in ["films", "https://films.example", "marquee/", "MARQUEE"] {
        let reply = token(&app, &[GRANT, ME, mine, ("resource", resource)]).await;
        assert_error(&reply, 400, "invalid_target", "auth.resource_invalid");
    }
    let reply = token(&app, &[GRANT, ME, mine, ("resource", "marquee")]).await;
    reply.assert_status(200); // none of the refused requests has used the token
    for garbage in ["x", "mqr_", &tokens.access[..40], &"ё".repeat(512)] {
        assert_error(&refresh(&app, garbage).await, 400, "invalid_grant", "auth.refresh_token_invalid");
    }
}

#[tokio::test]
async fn revoking_either_token_ends_its_session() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let other = app.signed_in(&user).await;
    for hint in ["access_token", "refresh_token", "nonsense", ""] {
        for with_refresh in [true, false] {
            let tokens = app.signed_in(&user).await;
            let token = if with_refresh { &tokens.refresh } else { &tokens.access };
            let form = [ME, ("token", token), ("token_type_hint", hint)];
            let revoke = || app.post("/oauth2/revoke").form(&form).send();
            assert_eq!(revoke().await.assert_status(200), serde_json::json!({}), "{hint}");
            app.me(&tokens.access).await.assert_problem(401, "auth.token_invalid");
            assert_error(&refresh(&app, &tokens.refresh).await, 400, "invalid_grant", "auth.refresh_token_invalid");
            revoke().await.assert_status(200);
        }
    }
    app.me(&other.access).await.assert_status(200);
}

#[tokio::test]
async fn only_a_client_revokes_and_unknown_tokens_are_a_success() {
    let app = TestApp::start().await;
    let tokens = app.signed_in(&app.user().await).await;
    for more in [("client_id", "films"), ("client_secret", "x")] {
        let reply = app.post("/oauth2/revoke").form(&[("token", tokens.refresh.as_str()), more]).send().await;
        assert_error(&reply, 401, "invalid_client", "auth.client_rejected");
    }
    for unknown in ["x", "a.b.c", "mqr_", &"x".repeat(60_000), &tokens.access[..40]] {
        app.post("/oauth2/revoke").form(&[ME, ("token", unknown)]).send().await.assert_status(200);
    }
    let reply = app.post("/oauth2/revoke").form(&[ME, ("token", "")]).send().await;
    assert_error(&reply, 400, "invalid_request", "request.invalid_fields");
    app.me(&tokens.access).await.assert_status(200);
}

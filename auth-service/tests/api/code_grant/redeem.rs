//! Exchanging a code: once, by its client, with its redirect URI and its verifier.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{GRANT, answer, app, assert_error, authorize, code_of, new_code, redeem, value};
use crate::app::TestApp;
use crate::pages::browser::Browser;

#[tokio::test]
async fn a_code_opens_a_session_that_is_refreshed_and_revoked_by_its_client() {
    let app = app().await;
    let user = app.user().await;
    let mut browser = Browser::signed_in(&app, &user).await;
    let code = code_of(&authorize(&mut browser, &[]).await);
    app.advance(Duration::from_secs(1)); // the history has the later line first
    let tokens = redeem(&app, &code, &[]).await.assert_status(200);
    assert!(tokens.get("id_token").is_none() && tokens.get("scope").is_none(), "{tokens}");
    let access = tokens["access_token"].as_str().unwrap();
    let me = app.me(access).await.assert_status(200);
    assert_eq!(me["user"]["id"], user.id);
    let facts = app.introspect(access).await;
    assert_eq!((&facts["client_id"], &facts["sub"]), (&json!("web"), &json!(user.id)));

    let sign_ins = app.get("/api/v1/me/sign-ins").bearer(access).send().await.assert_status(200);
    assert_eq!(sign_ins["items"][0]["method"], "redirect");
    let sessions = app.get("/api/v1/sessions").bearer(access).send().await.assert_status(200);
    let own = |list: &Value| list["items"].as_array().unwrap().iter().find(|one| one["current"] == true).cloned();
    assert_eq!(own(&sessions).unwrap()["device"]["name"], "Films on the web");

    let refresh = tokens["refresh_token"].as_str().unwrap();
    assert_eq!(app.refresh(refresh).await.status.as_u16(), 401, "not at the door of our own apps");
    let form = [("grant_type", "refresh_token"), ("client_id", "web"), ("refresh_token", refresh)];
    let next = app.post("/oauth2/token").form(&form).send().await.assert_status(200);
    let next = next["refresh_token"].as_str().unwrap();
    let form = [("client_id", "web"), ("token", next)];
    app.post("/oauth2/revoke").form(&form).send().await.assert_status(200);
    assert!(!app.is_active(access).await);
}

#[tokio::test]
async fn of_fifty_uses_at_once_one_succeeds_and_the_others_end_its_session() {
    let app = app().await;
    let code = new_code(&app, &[]).await;
    let replies = join_all((0..50).map(|_| redeem(&app, &code, &[]))).await;
    let (good, bad): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status == 200);
    assert_eq!((good.len(), bad.len()), (1, 49));
    for reply in bad {
        assert_eq!(assert_error(reply, "invalid_grant")["code"], "auth.authorization_code_invalid");
    }
    let access = good[0].assert_status(200)["access_token"].as_str().unwrap().to_owned();
    assert!(!app.is_active(&access).await, "RFC 6749 section 4.1.2");
    let refresh = good[0].json()["refresh_token"].as_str().unwrap().to_owned();
    let form = [("grant_type", "refresh_token"), ("client_id", "web"), ("refresh_token", &refresh)];
    assert_error(&app.post("/oauth2/token").form(&form).send().await, "invalid_grant");
}

#[tokio::test]
async fn another_client_redirect_uri_or_verifier_gets_nothing_and_uses_the_code_up() {
    let app = app().await;
    let short = "v".repeat(42);
    let long = "v".repeat(129);
    for change in [
        ("client_id", "phone"),
        ("redirect_uri", "https://films.example.org/other?a=1"),
        ("redirect_uri", "https://films.example.org/signed-in?"),
        ("code_verifier", "another-verifier-of-at-least-43-characters-of-it"),
        ("code_verifier", short.as_str()),
        ("code_verifier", long.as_str()),
    ] {
        let code = new_code(&app, &[]).await;
        assert_error(&redeem(&app, &code, &[change]).await, "invalid_grant");
        assert_error(&redeem(&app, &code, &[]).await, "invalid_grant");
    }
}

#[tokio::test]
async fn a_request_without_one_of_them_uses_nothing_up() {
    let app = app().await;
    let code = new_code(&app, &[]).await;
    for name in ["code", "redirect_uri", "code_verifier"] {
        let body = assert_error(&redeem(&app, &code, &[(name, "")]).await, "invalid_request");
        assert!(body["error_description"].as_str().unwrap().contains(name), "{body}");
    }
    let body = redeem(&app, &code, &[("client_id", "")]).await.assert_status(401);
    assert_eq!(body["error"], "invalid_client", "a code's client is always named (RFC 6749 section 4.1.3)");
    assert_error(&redeem(&app, &code, &[("resource", "films")]).await, "invalid_target");
    assert_error(&redeem(&app, &code, &[("scope", "email")]).await, "invalid_scope");
    redeem(&app, &code, &[]).await.assert_status(200);
}

#[tokio::test]
async fn a_code_is_good_for_a_minute_and_only_as_it_was_made() {
    let app = app().await;
    let (late, soon) = (new_code(&app, &[]).await, new_code(&app, &[]).await);
    app.advance(Duration::from_secs(59));
    redeem(&app, &soon, &[]).await.assert_status(200);
    app.advance(Duration::from_secs(1));
    assert_error(&redeem(&app, &late, &[]).await, "invalid_grant");
    let (again, mut one) = (new_code(&app, &[]).await, None);
    for (minutes, is_active) in [(0, true), (5, false)] {
        app.advance(Duration::from_secs(minutes * 60));
        let reply = redeem(&app, &again, &[]).await;
        let access = || reply.json()["access_token"].as_str().unwrap().to_owned();
        let access = one.get_or_insert_with(access);
        assert_eq!(app.is_active(access).await, is_active, "a second use ends the session, a late one too");
    }
    let code = new_code(&app, &[]).await;
    for forged in [&code[1..], &code.replace('A', "B"), "x", "\u{0}", &"a".repeat(4096)] {
        if forged != code {
            assert_error(&redeem(&app, forged, &[]).await, "invalid_grant");
        }
    }
    assert_error(&redeem(&app, &"a".repeat(4097), &[]).await, "invalid_request");
    redeem(&app, &code, &[]).await.assert_status(200);
}

#[tokio::test]
async fn the_longest_request_gets_a_code_that_is_taken() {
    let (uri, client) = (format!("https://films.example.org/{}", "a".repeat(474)), "w".repeat(64));
    let name = "Я".repeat(64);
    let file = format!(
        "[clients.{client}]\nkind = \"public\"\ngrants = [\"authorization_code\"]\nfirst_party = true\n\
         redirect_uris = [\"{uri}\"]\nnames = {{en = \"{name}\"}}\n"
    );
    let app = TestApp::start_with(|config| config.clients = oauth_clients::read_clients(&file).unwrap()).await;
    let mut browser = Browser::signed_in(&app, &app.user().await).await;
    let nonce = "n".repeat(255);
    let changes =
        [("client_id", client.as_str()), ("redirect_uri", &uri), ("nonce", &nonce), ("scope", "openid email profile")];
    let code = code_of(&authorize(&mut browser, &changes).await);
    redeem(&app, &code, &changes[..2]).await.assert_status(200);
}

#[tokio::test]
async fn a_code_ends_with_the_session_of_its_browser() {
    let app = app().await;
    let user = app.user().await;
    let mut browser = Browser::signed_in(&app, &user).await;
    let code = code_of(&authorize(&mut browser, &[]).await);
    browser.fill("/account", "/account/sign-out", &[]).await;
    assert_error(&redeem(&app, &code, &[]).await, "invalid_grant");
}

#[tokio::test]
async fn its_session_is_never_fresh() {
    let app = app().await;
    let code = new_code(&app, &[]).await;
    let tokens = redeem(&app, &code, &[]).await.assert_status(200);
    let access = tokens["access_token"].as_str().unwrap();
    app.get("/api/v1/me/export").bearer(access).send().await.assert_problem(403, "auth.session_not_fresh");
}

#[tokio::test]
async fn a_client_without_the_grant_gets_nothing() {
    let app = app().await;
    let form = [GRANT, ("client_id", "tv"), ("code", "x"), ("redirect_uri", "x"), ("code_verifier", "x")];
    assert_error(&app.post("/oauth2/token").form(&form).send().await, "unauthorized_client");
}

#[tokio::test]
async fn a_replica_redeems_what_another_one_gave() {
    let first = app().await;
    let second = TestApp::start_in(std::sync::Arc::clone(&first.home), |config| {
        config.clients = oauth_clients::read_clients(super::CLIENTS).unwrap();
    })
    .await;
    let mut browser = Browser::signed_in(&first, &first.user().await).await;
    let url = answer(&authorize(&mut browser, &[]).await);
    let code = value(&url, "code").unwrap();
    redeem(&second, &code, &[]).await.assert_status(200);
    assert_error(&redeem(&first, &code, &[]).await, "invalid_grant");
}

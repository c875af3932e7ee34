//! OpenID: ID tokens, userinfo, discovery.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use code_grant::access_token_hash;
use serde_json::{Value, json};
use token_verifier::TokenAlgorithm;

use super::{app, assert_error, authorize, code_of, redeem};
use crate::app::{TestApp, TestUser};
use crate::pages::browser::Browser;

/// Tokens of a user for these scopes.
async fn tokens(app: &TestApp, user: &TestUser, scope: &str) -> Value {
    let mut browser = Browser::signed_in(app, user).await;
    let reply = authorize(&mut browser, &[("scope", scope), ("nonce", "n-0S6_WzA2Mj")]).await;
    redeem(app, &code_of(&reply), &[]).await.assert_status(200)
}

fn part(token: &str, number: usize) -> Value {
    let text = token.split('.').nth(number).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
}

fn text<'a>(body: &'a Value, name: &str) -> &'a str {
    body[name].as_str().unwrap_or_else(|| panic!("no {name} in {body}"))
}

#[tokio::test]
async fn an_id_token_names_user_client_time_and_nonce_and_is_bound_to_the_access_token() {
    let app = app().await;
    let user = app.user().await;
    let before = app.state().now().timestamp();
    let tokens = tokens(&app, &user, "openid email").await;
    assert_eq!(tokens["scope"], "openid email");
    let (access, id) = (text(&tokens, "access_token"), text(&tokens, "id_token"));
    let (header, claims) = (part(id, 0), part(id, 1));
    assert_eq!((&header["typ"], &header["alg"]), (&json!("JWT"), &json!("EdDSA")));
    assert_eq!(header["kid"], part(access, 0)["kid"]);
    assert_eq!((&claims["iss"], &claims["aud"]), (&json!("http://auth.test"), &json!("web")));
    assert_eq!((&claims["sub"], &claims["nonce"]), (&json!(user.id), &json!("n-0S6_WzA2Mj")));
    assert_eq!(claims["sid"], tokens["session_id"]);
    assert!(claims["auth_time"].as_i64().unwrap() >= before);
    assert_eq!(claims["at_hash"], access_token_hash(access, TokenAlgorithm::EdDsa));
    assert_eq!(part(access, 1)["scope"], "openid email");
}

#[tokio::test]
async fn an_id_token_is_no_access_token() {
    let app = app().await;
    let tokens = tokens(&app, &app.user().await, "openid").await;
    let id = text(&tokens, "id_token");
    app.me(id).await.assert_problem(401, "auth.token_invalid");
    assert!(!app.is_active(id).await);
    app.get("/oauth2/userinfo").bearer(id).send().await.assert_status(401);
}

#[tokio::test]
async fn userinfo_has_what_the_scopes_allow() {
    let app = app().await;
    let user = app.user_with(json!({"display_name": "Anna"})).await;
    let info = async |scope| {
        let tokens = tokens(&app, &user, scope).await;
        app.get("/oauth2/userinfo").bearer(text(&tokens, "access_token")).send().await
    };
    assert_eq!(info("openid").await.assert_status(200), json!({"sub": user.id}));
    let all = info("openid email profile").await.assert_status(200);
    let expected = json!({"sub": user.id, "email": user.email, "email_verified": false, "name": "Anna"});
    assert_eq!(all, expected);
    let proved = app.proved_user().await;
    let tokens = tokens(&app, &proved, "openid email").await;
    let body = app.get("/oauth2/userinfo").bearer(text(&tokens, "access_token")).send().await.assert_status(200);
    assert_eq!(body["email_verified"], true);
}

#[tokio::test]
async fn a_token_without_scope_openid_gets_no_userinfo() {
    let app = app().await;
    let user = app.user().await;
    let own = app.signed_in(&user).await.access;
    let tokens = tokens(&app, &user, "email").await;
    for access in [own.as_str(), text(&tokens, "access_token")] {
        let reply = app.get("/oauth2/userinfo").bearer(access).send().await;
        assert_eq!(reply.assert_status(403)["error"], "insufficient_scope");
        assert!(reply.header("www-authenticate").contains("insufficient_scope"));
    }
    assert!(tokens.get("id_token").is_none(), "{tokens}");
}

#[tokio::test]
async fn a_refresh_keeps_the_scope_or_narrows_it() {
    let app = app().await;
    let tokens = tokens(&app, &app.user().await, "openid email").await;
    let refresh = async |token: &str, scope: &str| {
        let form = [("grant_type", "refresh_token"), ("client_id", "web"), ("refresh_token", token), ("scope", scope)];
        app.post("/oauth2/token").form(&form).send().await
    };
    let token = text(&tokens, "refresh_token");
    assert_error(&refresh(token, "openid profile").await, "invalid_scope");
    let narrow = refresh(token, "openid").await.assert_status(200);
    assert_eq!(narrow["scope"], "openid");
    let whole = refresh(text(&narrow, "refresh_token"), "").await.assert_status(200);
    assert_eq!(whole["scope"], "openid email");
    assert_eq!(app.introspect(text(&whole, "access_token")).await["scope"], "openid email");
}

#[tokio::test]
async fn both_metadata_documents_are_one_and_name_what_is_there() {
    let app = app().await;
    let [oauth, openid] = ["oauth-authorization-server", "openid-configuration"];
    let oauth = app.get(&format!("/.well-known/{oauth}")).send().await.assert_status(200);
    let openid = app.get(&format!("/.well-known/{openid}")).send().await.assert_status(200);
    assert_eq!(oauth, openid);
    assert_eq!(openid["authorization_endpoint"], "http://auth.test/oauth2/authorize");
    assert_eq!(openid["userinfo_endpoint"], "http://auth.test/oauth2/userinfo");
    assert_eq!(openid["id_token_signing_alg_values_supported"], json!(["EdDSA"]));
    assert_eq!(openid["code_challenge_methods_supported"], json!(["S256"]));
    assert_eq!(openid["response_types_supported"], json!(["code"]));
    assert!(openid["grant_types_supported"].as_array().unwrap().contains(&json!("authorization_code")));
}

//! The authorization code grant (RFC 6749 §4.1): an app, and the browser to which it sends its user.

mod authorize;
mod browsers;
mod openid;
mod redeem;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use oauth_clients::read_clients;
use serde_json::Value;
use service_kit::testing::TestReply;
use url::{Url, form_urlencoded};

use crate::app::TestApp;
use crate::pages::browser::{Browser, PageReply};

const AUTHORIZE: &str = "/oauth2/authorize";
const PAGE: &str = "/account/authorize";
const BACK: &str = "https://films.example.org/signed-in";
const VERIFIER: &str = "a-verifier-of-at-least-43-characters-of-this-set";
const GRANT: (&str, &str) = ("grant_type", "authorization_code");

const CLIENTS: &str = r#"
[clients.web]
kind = "public"
grants = ["authorization_code", "refresh_token"]
first_party = true
redirect_uris = ["https://films.example.org/signed-in", "https://films.example.org/other?a=1"]
names = {en = "Films on the web", ru = "Фильмы в браузере"}

[clients.phone]
kind = "public"
grants = ["authorization_code", "refresh_token"]
first_party = true
redirect_uris = ["org.example.films:/signed-in", "http://127.0.0.1/signed-in"]

[clients.tv]
kind = "public"
grants = ["device_code"]
"#;

async fn app() -> TestApp {
    TestApp::start_with(|config| config.clients = read_clients(CLIENTS).unwrap()).await
}

fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, VERIFIER.as_bytes()))
}

/// Parameters of a request of the web app, some of them replaced, removed (by an empty value) or added.
fn request_with(changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let challenge = challenge();
    let mut all: Vec<(String, String)> = [
        ("response_type", "code"),
        ("client_id", "web"),
        ("redirect_uri", BACK),
        ("state", "st&te"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    for (name, value) in changes {
        all.retain(|(known, _)| known != name);
        all.push(((*name).to_owned(), (*value).to_owned()));
    }
    all.retain(|(_, value)| !value.is_empty());
    all
}

fn query_of(pairs: &[(String, String)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// What the browser gets that an app sends here with these parameters.
async fn authorize(browser: &mut Browser<'_>, changes: &[(&str, &str)]) -> TestReply {
    let query = query_of(&request_with(changes));
    browser.get(&format!("{AUTHORIZE}?{query}")).await.assert_goes_to(&format!("{PAGE}?{query}"));
    browser.get(&format!("{PAGE}?{query}")).await
}

/// The URL at which the app is answered: the page goes there by itself and has a link.
#[track_caller]
fn answer(reply: &TestReply) -> Url {
    let text = reply.assert_page(200);
    let (_, rest) = text.split_once("http-equiv=\"refresh\" content=\"0;url=").expect("the page goes on");
    let (url, _) = rest.split_once('"').unwrap();
    let url = url.replace("&#38;", "&").replace("&amp;", "&");
    assert!(text.matches("<a class=\"main\"").count() == 1, "{text}");
    Url::parse(&url).unwrap()
}

/// A parameter of an answer.
fn value(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

/// The code of a successful answer.
#[track_caller]
fn code_of(reply: &TestReply) -> String {
    let url = answer(reply);
    assert_eq!(value(&url, "iss").as_deref(), Some("http://auth.test"), "{url}");
    value(&url, "code").unwrap_or_else(|| panic!("no code in {url}"))
}

/// A code for a new user of the web app.
async fn new_code(app: &TestApp, changes: &[(&str, &str)]) -> String {
    let mut browser = Browser::signed_in(app, &app.user().await).await;
    code_of(&authorize(&mut browser, changes).await)
}

/// Exchanges a code, with some parameters replaced or removed.
async fn redeem(app: &TestApp, code: &str, changes: &[(&str, &str)]) -> TestReply {
    let mut form =
        vec![GRANT, ("client_id", "web"), ("code", code), ("redirect_uri", BACK), ("code_verifier", VERIFIER)];
    for change in changes {
        form.retain(|(name, _)| *name != change.0);
        form.push(*change);
    }
    form.retain(|(_, value)| !value.is_empty());
    app.post("/oauth2/token").form(&form).send().await
}

#[track_caller]
fn assert_error(reply: &TestReply, error: &str) -> Value {
    let body = reply.assert_status(400);
    assert_eq!((&body["error"], reply.header("content-type")), (&error.into(), "application/json"), "{body}");
    body
}

//! Open redirects (CWE-601): whatever a request says, a page leads to a page of the account or to the configured
//! provider, and nowhere else.

use auth_service::page_table::PAGES;
use contracts::endpoint::Method;
use service_kit::testing::TestReply;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::browser::{Browser, PageReply};
use super::provider::providers;
use super::social::start_social;
use crate::app::{TestApp, TestUser};

/// Parameters that set the target of a redirect in other systems, and all that ours read.
const NAMES: [&str; 22] = [
    "return_to",
    "returnUrl",
    "next",
    "redirect",
    "redirect_uri",
    "redirect_url",
    "continue",
    "goto",
    "dest",
    "url",
    "target",
    "RelayState",
    "post_logout_redirect_uri",
    "state",
    "done",
    "lang",
    "cursor",
    "link",
    "claim",
    "email",
    "zone",
    "response_type",
];

/// Targets on other sites, in the spellings that filters of other systems let through.
const TARGETS: [&str; 24] = [
    "https://evil.test",
    "//evil.test",
    "///evil.test",
    "/\\evil.test",
    "\\\\evil.test",
    "/\t/evil.test",
    "https:evil.test",
    "https:/evil.test",
    "http://auth.test@evil.test",
    "http://auth.test:80@evil.test/account",
    "http://auth.test\\@evil.test",
    "http://auth.test.evil.test",
    "https://xn--evil-9ta.test",
    "https://evi\u{ff4c}\u{3002}test",
    "%2f%2fevil.test",
    "%252f%252fevil.test",
    "/%5cevil.test",
    "%68%74%74ps://evil.test",
    "/account/../..//evil.test",
    "/account\r\nLocation: https://evil.test",
    "/account%0d%0aSet-Cookie:%20evil=1",
    "javascript:alert('evil')",
    "data:text/html,evil",
    "?lang=ru\"><a href=\"//evil.test",
];

/// `true` for a page of the account.
fn is_own(place: &str) -> bool {
    let (path, query) = place.split_once('?').unwrap_or((place, ""));
    let only =
        |text: &str, marks: &[u8]| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || marks.contains(&byte));
    let is_plain = only(path, b"/-_.#") && only(query, b"-_.*+%=&;#");
    let is_below = path == "/account" || path.starts_with("/account/");
    is_below && is_plain && !path.contains("//") && !path.contains("..")
}

/// Asserts that a reply leads to pages of the account and to the provider of the tests only.
#[track_caller]
fn assert_stays(reply: &TestReply, name: &str) {
    let text = reply.text();
    let mut places = vec![reply.header("location").to_owned()];
    for attribute in [" href=\"", " action=\"", " formaction=\"", " src=\"", " content=\"0;url="] {
        places.extend(text.split(attribute).skip(1).map(|rest| rest.split('"').next().unwrap_or_default().to_owned()));
    }
    for place in places {
        let is_provider = place.starts_with("https://provider.test/authorize?x=") && !place.contains("evil");
        let is_known = place.is_empty() || place == "#main" || is_provider;
        assert!(is_known || is_own(&place), "{name}: leads to {place}");
    }
    for (header, value) in &reply.headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        // The request of an app is passed on as it came, to the page that reads it.
        let is_passed_on = header == "location" && value.starts_with("/account/authorize?");
        assert!(is_passed_on || !value.contains("evil"), "{name}: {header}: {value}");
    }
}

/// Queries with this target in all parameters, encoded as a form does, and as typed; with and without a cursor, as a bad
/// one is refused before anything else is read.
fn queries(target: &str) -> Vec<String> {
    let typed: String = target.chars().filter(|c| c.is_ascii_graphic() && *c != '#' && *c != '&').collect();
    let mut queries = Vec::new();
    for names in [NAMES.to_vec(), NAMES.into_iter().filter(|name| *name != "cursor").collect()] {
        let pairs: Vec<_> = names.iter().map(|name| (*name, target)).collect();
        queries.push(serde_urlencoded::to_string(pairs).unwrap());
        queries.push(names.iter().map(|name| format!("{name}={typed}")).collect::<Vec<_>>().join("&"));
    }
    queries
}

#[tokio::test]
async fn no_parameter_of_a_page_leads_elsewhere() {
    let app = TestApp::start_offering(providers()).await;
    let user = app.user().await;
    let mut guest = Browser::new(&app);
    let mut member = Browser::signed_in(&app, &user).await;
    let pages: Vec<_> = PAGES.iter().filter(|page| page.method == Method::Get).collect();
    assert!(pages.len() > 15, "{}", pages.len());
    for page in pages {
        let path = page.path.replace("{provider}", "stub").replace("{name}", "account.css");
        for query in TARGETS.iter().flat_map(|target| queries(target)) {
            for browser in [&mut guest, &mut member] {
                let reply = browser.get(&format!("{path}?{query}")).await;
                assert!(reply.status.as_u16() < 500, "{path}?{query}: {}", reply.text());
                assert_stays(&reply, &format!("{path}?{query}"));
            }
        }
    }
}

/// Sends a form with a parameter in query and body.
async fn send(
    browser: &mut Browser<'_>,
    (page, action): (&str, &str),
    own: &[(&str, &str)],
    more: (&str, &str),
) -> TestReply {
    let token = browser.get(page).await.form_token();
    let query = serde_urlencoded::to_string([more]).unwrap();
    // Of two fields with one name the first counts.
    let fields: Vec<_> = own.iter().copied().chain([more]).collect();
    browser.post(&format!("{action}?{query}"), &token, &fields).await
}

async fn sign_in_and_out(app: &TestApp, user: &TestUser, more: (&str, &str)) {
    let mut browser = Browser::new(app);
    let own = [("email", user.email.as_str()), ("password", user.password.as_str())];
    let sign_in = "/account/sign-in";
    send(&mut browser, (sign_in, sign_in), &own, more).await.assert_goes_to("/account");
    let zone = send(&mut browser, ("/account/profile", "/account/zone"), &[("zone", "UTC")], more).await;
    zone.assert_goes_to("/account/profile?done=zone");
    let out = send(&mut browser, ("/account", "/account/sign-out"), &[], more).await;
    out.assert_goes_to("/account/sign-in?done=signed-out");
    let forgotten = "/account/forgotten";
    let asked = send(&mut browser, (forgotten, forgotten), &[("email", "someone@example.org")], more).await;
    assert_stays(&asked, &format!("{more:?}"));
}

#[tokio::test]
async fn no_field_of_a_form_leads_elsewhere() {
    let app = TestApp::start().await;
    let user = app.user().await;
    for (row, target) in TARGETS.into_iter().enumerate() {
        // Each target by some names: all pairs would only repeat the hashing of a password.
        for name in NAMES.into_iter().skip(row % 8).step_by(8) {
            sign_in_and_out(&app, &user, (name, target)).await;
        }
    }
}

#[tokio::test]
async fn a_social_sign_in_starts_at_its_provider_and_ends_at_the_account() {
    let app = TestApp::start_offering(providers()).await;
    for target in TARGETS {
        for name in ["return_to", "redirect_uri", "state", "lang", "response_type"] {
            let mut browser = Browser::new(&app);
            let start = ("/account/sign-in", "/account/social/stub/start");
            let started = send(&mut browser, start, &[], (name, target)).await;
            assert_eq!(started.status, 200, "{}", started.text());
            assert_stays(&started, &format!("start with {name}={target}"));
        }
        let mut browser = Browser::new(&app);
        let state = start_social(&mut browser, "/account/sign-in", "/account/social/stub/start").await;
        for name in ["error", "error_description", "error_uri", "iss", "state", "redirect_uri"] {
            let query = serde_urlencoded::to_string([(name, target), ("state", state.as_str())]).unwrap();
            let reply = Browser::new(&app).get(&format!("/account/social/stub/callback?{query}")).await;
            assert_stays(&reply, &format!("callback with {query}"));
        }
        let query = [("code", "vera"), ("state", state.as_str()), ("return_to", target), ("redirect_uri", target)];
        let query = serde_urlencoded::to_string(query).unwrap();
        browser.get(&format!("/account/social/stub/callback?{query}")).await.assert_goes_to("/account");
    }
}

/// Everything that the service answers to this request line.
async fn answer_to(app: &TestApp, line: &str) -> String {
    let mut stream = TcpStream::connect(app.address()).await.unwrap();
    let head = format!("{line} HTTP/1.1\r\nHost: auth.test\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut received = Vec::new();
    stream.read_to_end(&mut received).await.unwrap();
    String::from_utf8_lossy(&received).into_owned()
}

#[tokio::test]
async fn no_path_leads_elsewhere() {
    let app = TestApp::start().await;
    for path in [
        "//evil.test/account",
        "//evil.test/account/",
        "///evil.test/account/",
        "/\\evil.test/account/",
        "/account//evil.test",
        "/account//evil.test/",
        "/account/\\evil.test/",
        "/account/%2f%2fevil.test/",
        "/account/%5cevil.test",
        "/account/..//evil.test/",
        "/account/%0d%0aLocation:%20https://evil.test/",
        "/account/;@evil.test/",
        "/account/sign-in/?next=//evil.test",
        "/account/sign-in/?%0d%0aLocation:%20https://evil.test",
        "http://evil.test/account/sign-in/",
        "http://evil.test//evil.test/",
        "https://auth.test@evil.test/account/",
        "/@evil.test/..;/account/",
    ] {
        let answer = answer_to(&app, &format!("GET {path}")).await;
        let status: u16 = answer.split(' ').nth(1).unwrap().parse().unwrap();
        assert!((300..500).contains(&status), "{path}: {answer}");
        let head = answer.split("\r\n\r\n").next().unwrap();
        for line in head.lines().filter(|line| line.to_lowercase().starts_with("location:")) {
            let target = line.split_once(": ").unwrap().1;
            let own = target.split('?').next().unwrap();
            assert!(["/account", "/account/sign-in"].contains(&own), "{path}: {line}");
        }
        assert!(!answer.contains("href=\"//") && !answer.contains("href=\"http"), "{path}: {answer}");
    }
}

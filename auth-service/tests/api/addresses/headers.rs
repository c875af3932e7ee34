//! Links of mails lead to the issuer of the settings: a reset poisoned by headers of its request would send the owner of
//! the mailbox, with the secret of the link, to another host.

use mailer::Mail;
use serde_json::json;
use service_kit::testing::TestRequest;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::support::{NEW_PASSWORD, link_of};
use crate::app::{ACCOUNT_URLS, SignedIn, TestApp, TestUser, unique_email};
use crate::pages::browser::{Browser, ORIGIN, PageReply};

/// Headers by which proxies, frameworks and attackers name a host.
const TRICKS: [&[(&str, &str)]; 11] = [
    &[("host", "evil.example")],
    &[("host", "auth.test.evil.example:80")],
    &[("x-forwarded-host", "evil.example")],
    &[("x-forwarded-host", "auth.test"), ("x-forwarded-host", "evil.example, auth.test")],
    &[("x_forwarded_host", "evil.example")],
    &[("x-forwarded-proto", "evil"), ("x-forwarded-scheme", "evil"), ("x-url-scheme", "evil")],
    &[("x-forwarded-port", "6666"), ("x-forwarded-prefix", "/evil")],
    &[("forwarded", "host=evil.example;proto=evil"), ("forwarded", "for=192.0.2.1;host=\"evil.example\"")],
    &[("x-original-host", "evil.example"), ("x-host", "evil.example"), ("x-forwarded-server", "evil.example")],
    &[("x-original-url", "https://evil.example/"), ("x-rewrite-url", "https://evil.example/")],
    &[("host", "evil.example"), ("x-forwarded-host", "evil.example"), ("forwarded", "host=evil.example")],
];

/// Requests that send a mail with a link or a notice.
const ROUTES: [&str; 9] = [
    "request_password_reset",
    "page_request_reset",
    "request_email_proof",
    "page_request_proof",
    "change_email",
    "page_change_email",
    "confirm_email_change",
    "page_confirm_change",
    "confirm_password_reset",
];

type Headers = &'static [(&'static str, &'static str)];

fn with(request: TestRequest, headers: Headers) -> TestRequest {
    headers.iter().fold(request, |request, (name, value)| request.header(name, value))
}

/// A browser with a session, and these headers on its forms.
async fn browser<'a>(app: &'a TestApp, user: &TestUser, headers: Headers) -> Browser<'a> {
    let mut browser = Browser::signed_in(app, user).await;
    browser.form_headers.extend(headers.iter().map(|(name, value)| (*name, (*value).to_owned())));
    browser
}

/// Causes a mail by `route` with these headers; returns the recipient.
async fn cause(app: &TestApp, route: &str, headers: Headers) -> String {
    let post = |path: &str| with(app.post(path), headers);
    let (user, signed_in) = match route {
        "request_email_proof" | "page_request_proof" => {
            let user = app.user().await;
            let signed_in = app.signed_in(&user).await;
            (user, signed_in)
        }
        _ => app.mailbox_owner().await,
    };
    match route {
        "request_password_reset" => {
            post("/api/v1/password-resets").json(&json!({"email": user.email})).send().await.assert_status(202);
        }
        "page_request_reset" => {
            let mut browser = Browser::new(app);
            browser.form_headers.extend(headers.iter().map(|(name, value)| (*name, (*value).to_owned())));
            let sent = browser.fill("/account/forgotten", "/account/forgotten", &[("email", &user.email)]).await;
            sent.assert_page(200);
        }
        "request_email_proof" => {
            post("/api/v1/me/email/proof").bearer(&signed_in.access).send().await.assert_status(202);
        }
        "page_request_proof" => {
            let mut browser = browser(app, &user, headers).await;
            let sent = browser.fill("/account/email", "/account/email/proof", &[]).await;
            sent.assert_goes_to("/account/email?done=code-sent");
        }
        "confirm_password_reset" => {
            let (reset, code) = (app.ask_reset(&user.email).await, app.code_to(&user.email).await);
            let body = json!({"code": code, "password": NEW_PASSWORD});
            post(&format!("/api/v1/password-resets/{reset}")).json(&body).send().await.assert_status(204);
        }
        change => return cause_change(app, change, (&user, &signed_in), headers).await,
    }
    user.email
}

async fn cause_change(app: &TestApp, route: &str, (user, who): (&TestUser, &SignedIn), headers: Headers) -> String {
    let to = unique_email();
    match route {
        "change_email" => {
            let request = with(app.put("/api/v1/me/email"), headers).bearer(&who.access);
            request.json(&json!({"email": to})).send().await.assert_status(202);
            return to;
        }
        "confirm_email_change" => {
            app.ask_change(who, &to).await.assert_status(202);
            let code = app.code_to(&to).await;
            let request = with(app.post("/api/v1/me/email/change"), headers).bearer(&who.access);
            request.json(&json!({"code": code})).send().await.assert_status(204);
        }
        page => {
            let mut browser = browser(app, user, headers).await;
            let asked = browser.fill("/account/email", "/account/email/change", &[("email", &to)]).await;
            asked.assert_goes_to("/account/email?done=code-sent");
            if page == "page_change_email" {
                return to;
            }
            let (code, present) = (app.code_to(&to).await, app.code_to(&user.email).await);
            let fields = [("code", code.as_str()), ("present_code", present.as_str())];
            let sent = browser.fill("/account/email", "/account/email/change/confirm", &fields).await;
            sent.assert_goes_to("/account/email?done=email-changed");
        }
    }
    user.email.clone()
}

/// Asserts that the newest mail to this address leads to the issuer, and returns it.
async fn assert_leads_to_the_issuer(app: &TestApp, to: &str, name: &str) -> Mail {
    let mails = app.mails_to(to).await;
    let given = ACCOUNT_URLS.lock().unwrap().clone();
    let urls: Vec<_> = given.iter().filter(|(recipient, _)| recipient == to).map(|(_, url)| url.as_str()).collect();
    assert!(!urls.is_empty() && urls.iter().all(|url| *url == format!("{ORIGIN}/account")), "{name}: {urls:?}");
    let mail = mails.last().unwrap_or_else(|| panic!("{name} sent no mail")).clone();
    let shown = serde_json::to_string(&mail).unwrap();
    assert!(!shown.contains("evil.example"), "{name}: {shown}");
    mail
}

#[tokio::test]
async fn no_header_of_a_request_changes_where_the_links_of_its_mails_lead() {
    let app = TestApp::start().await;
    for route in ROUTES {
        let mut links = 0;
        for headers in TRICKS {
            let to = cause(&app, route, headers).await;
            let mail = assert_leads_to_the_issuer(&app, &to, &format!("{route} with {headers:?}")).await;
            links += usize::from(link_of(&mail).is_some_and(|link| link.starts_with("/account/")));
        }
        let has_link = !["change_email", "page_change_email", "confirm_password_reset"].contains(&route);
        assert_eq!(links, if has_link { TRICKS.len() } else { 0 }, "{route}");
    }
}

/// Everything that the service answers to these bytes.
async fn exchange(app: &TestApp, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(app.address()).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut received = Vec::new();
    stream.read_to_end(&mut received).await.unwrap();
    String::from_utf8_lossy(&received).into_owned()
}

/// Request lines and `Host` lines that no HTTP client would send, with `true` where the request is served.
const HEADS: [(&str, bool); 9] = [
    ("POST http://evil.example/api/v1/password-resets HTTP/1.1\r\nHost: auth.test", true),
    ("POST http://evil.example/api/v1/password-resets HTTP/1.1\r\nHost: evil.example", true),
    ("POST http://auth.test@evil.example:80/api/v1/password-resets HTTP/1.1\r\nHost: evil.example", true),
    ("POST //evil.example/api/v1/password-resets HTTP/1.1\r\nHost: auth.test", false),
    ("POST /api/v1/password-resets HTTP/1.1\r\nHost: auth.test\r\nHost: evil.example", false),
    ("POST /api/v1/password-resets HTTP/1.1\r\nHost: auth.test@evil.example", false),
    ("POST /api/v1/password-resets HTTP/1.1\r\nHost: evil.example/auth.test", false),
    ("POST /api/v1/password-resets HTTP/1.1\r\nHost : evil.example", false),
    ("POST /api/v1/password-resets HTTP/1.1", false),
];

#[tokio::test]
async fn no_request_line_and_no_host_line_changes_where_a_link_leads() {
    let app = TestApp::start().await;
    for (head, is_served) in HEADS {
        let (user, _) = app.mailbox_owner().await;
        let before = app.mails_to(&user.email).await.len();
        let body = json!({"email": user.email}).to_string();
        let fields = format!("Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close", body.len());
        let answer = exchange(&app, format!("{head}\r\n{fields}\r\n\r\n{body}").as_bytes()).await;
        assert!(!answer.contains("evil"), "{head}: {answer}");
        let status: u16 = answer.split(' ').nth(1).unwrap().parse().unwrap();
        let is_answered = if is_served { status == 202 } else { (400..500).contains(&status) };
        assert!(is_answered, "{head}: {answer}");
        assert_eq!(app.mails_to(&user.email).await.len() - before, usize::from(is_served), "{head}");
        let mail = assert_leads_to_the_issuer(&app, &user.email, head).await;
        assert_eq!(link_of(&mail).unwrap().starts_with("/account/reset/new?link="), is_served, "{head}");
    }
}

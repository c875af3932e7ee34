//! A minimal browser: it keeps cookies, sends the origin of its forms and their hidden fields.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::Method;
use service_kit::testing::{TestReply, TestRequest};

use crate::app::{TestApp, TestUser};

/// The origin of the pages: the issuer of the tests.
pub const ORIGIN: &str = "http://auth.test";
/// The cookie of a session.
pub const SESSION: &str = "__Host-marquee";
/// `User-Agent` of Firefox on Linux.
const AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0";

pub struct Browser<'a> {
    pub app: &'a TestApp,
    pub cookies: BTreeMap<String, String>,
    pub language: &'static str,
    /// Headers of each form; by default those of a same-origin form.
    pub form_headers: Vec<(&'static str, String)>,
}

impl<'a> Browser<'a> {
    pub fn new(app: &'a TestApp) -> Self {
        let form_headers = vec![("origin", ORIGIN.to_owned()), ("sec-fetch-site", "same-origin".to_owned())];
        Self { app, cookies: BTreeMap::new(), language: "en", form_headers }
    }

    /// A browser in which `user` is signed in.
    pub async fn signed_in(app: &'a TestApp, user: &TestUser) -> Self {
        let mut browser = Self::new(app);
        browser.sign_in(&user.email, &user.password).await.assert_goes_to("/account");
        browser
    }

    pub async fn get(&mut self, path: &str) -> TestReply {
        self.send(Method::GET, path, None).await
    }

    /// Prefetches a page, or requests its headers only.
    pub async fn fetch_ahead(&mut self, method: Method, path: &str, headers: &[(&str, &str)]) -> TestReply {
        let request = self.request(method, path);
        let reply = headers.iter().fold(request, |request, (name, value)| request.header(name, value)).send().await;
        self.keep_cookies(&reply);
        reply
    }

    /// Opens the page at `page` and sends its form to `action` with these fields.
    pub async fn fill(&mut self, page: &str, action: &str, fields: &[(&str, &str)]) -> TestReply {
        let shown = self.get(page).await;
        self.post(action, &shown.form_token(), fields).await
    }

    /// Opens the sign-up page and sends its form `seconds` later, with this address and a valid password.
    pub async fn sign_up_after(&mut self, seconds: u64, email: &str) -> TestReply {
        let shown = self.get("/account/sign-up").await;
        self.app.home.clock.advance(Duration::from_secs(seconds));
        self.send_sign_up(&shown.form_token(), &shown.hidden("form_nonce"), email).await
    }

    /// Sends a sign-up form with this token and nonce.
    pub async fn send_sign_up(&mut self, token: &str, nonce: &str, email: &str) -> TestReply {
        let fields = [("email", email), ("password", "three cats on a sofa"), ("form_nonce", nonce)];
        self.post("/account/sign-up", token, &fields).await
    }

    /// Sends a form with this token.
    pub async fn post(&mut self, action: &str, token: &str, fields: &[(&str, &str)]) -> TestReply {
        let all: Vec<_> = fields.iter().copied().chain([("form_token", token)]).collect();
        self.send(Method::POST, action, Some(&all)).await
    }

    pub async fn sign_in(&mut self, email: &str, password: &str) -> TestReply {
        let fields = [("email", email), ("password", password)];
        self.fill("/account/sign-in", "/account/sign-in", &fields).await
    }

    fn request(&self, method: Method, path: &str) -> TestRequest {
        let mut request = self.app.request(method, path).header("user-agent", AGENT);
        request = request.header("accept-language", self.language);
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            request = request.header("cookie", &cookies.join("; "));
        }
        request
    }

    async fn send(&mut self, method: Method, path: &str, fields: Option<&[(&str, &str)]>) -> TestReply {
        let mut request = self.request(method, path);
        if let Some(fields) = fields {
            for (name, value) in &self.form_headers {
                request = request.header(name, value);
            }
            request = request.form(fields);
        }
        let reply = request.send().await;
        self.keep_cookies(&reply);
        reply
    }

    fn keep_cookies(&mut self, reply: &TestReply) {
        for line in reply.set_cookies() {
            let (name, rest) = line.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            if line.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// Cookies with names that start with `stem`.
    pub fn cookies_of(&self, stem: &str) -> Vec<(String, String)> {
        let pairs = self.cookies.iter().filter(|(name, _)| name.starts_with(stem));
        pairs.map(|(name, value)| (name.clone(), value.clone())).collect()
    }
}

/// Assertions about pages.
pub trait PageReply {
    fn set_cookies(&self) -> Vec<String>;
    fn form_token(&self) -> String;
    fn hidden(&self, name: &str) -> String;
    fn assert_page(&self, status: u16) -> String;
    fn assert_goes_to(&self, path: &str);
    fn assert_asks_to_sign_in(&self);
}

impl PageReply for TestReply {
    /// Lines `Set-Cookie`.
    fn set_cookies(&self) -> Vec<String> {
        self.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap().to_owned()).collect()
    }

    /// The token of the last form on the page.
    #[track_caller]
    fn form_token(&self) -> String {
        self.hidden("form_token")
    }

    /// A hidden field of the last form on the page.
    #[track_caller]
    fn hidden(&self, name: &str) -> String {
        let text = self.assert_page(self.status.as_u16());
        let (_, rest) = text.rsplit_once(&format!("name=\"{name}\" value=\"")).expect("a form with this field");
        rest.split('"').next().unwrap().to_owned()
    }

    /// Asserts the status, headers and frame of a page, and returns its text.
    #[track_caller]
    fn assert_page(&self, status: u16) -> String {
        let text = self.text();
        assert_eq!(self.status.as_u16(), status, "{text}");
        assert_eq!(self.header("content-type"), "text/html; charset=utf-8", "{text}");
        assert_eq!(self.header("cache-control"), "no-store");
        assert_protected(self);
        let lower = text.to_lowercase();
        for forbidden in ["<script", "<style", " style=", " onload", " onclick", "javascript:", "<iframe", "<object"] {
            assert!(!lower.contains(forbidden), "{forbidden}: {text}");
        }
        assert!(text.starts_with("<!doctype html>") && text.contains("<main id=\"main\""), "{text}");
        text
    }

    #[track_caller]
    fn assert_goes_to(&self, path: &str) {
        assert_eq!((self.status.as_u16(), self.header("location")), (303, path), "{}", self.text());
        assert_eq!(self.header("cache-control"), "no-store");
        assert_protected(self);
    }

    #[track_caller]
    fn assert_asks_to_sign_in(&self) {
        self.assert_goes_to("/account/sign-in");
    }
}

/// Asserts the security headers of every response.
#[track_caller]
pub fn assert_protected(reply: &TestReply) {
    let policy = reply.header("content-security-policy");
    for rule in [
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ] {
        assert!(policy.split("; ").any(|given| given == rule), "{rule} is not in {policy:?}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("x-frame-options", "DENY"),
    ] {
        assert_eq!(reply.header(name), value, "{name}");
    }
    assert!(!reply.header("permissions-policy").is_empty());
}

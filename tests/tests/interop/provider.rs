//! The provider of `tests/interop`, and the browser of a user there.

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Client, RequestBuilder, Response};
use url::Url;

/// Maximum number of pages of a sign-in.
const MAX_PAGES: usize = 12;

/// A variable that `scripts/interop.sh` sets.
#[expect(clippy::disallowed_methods, reason = "set by scripts/interop.sh")]
pub fn given(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set; run `make interop`"))
}

/// The user's answer to the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer<'a> {
    /// Signs in with this login, and consents.
    Agree(&'a str),
    /// Cancels.
    Cancel,
}

/// A browser with its cookies of the provider, so a second sign-in finds the session of the first.
pub struct Browser {
    http: Client,
    cookies: Vec<Cookie>,
}

struct Cookie {
    name: String,
    value: String,
    path: String,
}

/// A login that is not in use at the provider yet.
pub fn new_login() -> String {
    format!("person-{}", uuid::Uuid::now_v7().simple())
}

/// Injects `fault` into the next ID token of `login`.
pub async fn inject_fault(login: &str, fault: &str) {
    let url = format!("{}/faults/{fault}/{login}", given("INTEROP_ISSUER"));
    let reply = plain_client().post(url).send().await.expect("the provider answers");
    assert_eq!(reply.status().as_u16(), 204, "the provider knows no fault {fault}");
}

/// `true` when a token of `login` was revoked at the provider.
pub async fn is_revoked(login: &str) -> bool {
    let url = format!("{}/revoked/{login}", given("INTEROP_ISSUER"));
    plain_client().get(url).send().await.expect("the provider answers").status().as_u16() == 204
}

impl Browser {
    pub fn new() -> Self {
        Self { http: plain_client(), cookies: Vec::new() }
    }

    /// Opens `url` and follows the flow until the callback of the app; returns its query.
    pub async fn run_flow(&mut self, url: &str, answer: Answer<'_>) -> String {
        let app = given("INTEROP_REDIRECT_URI");
        let mut url: Url = url.parse().expect("an address");
        let mut reply = self.send(&url, self.http.get(url.clone())).await;
        for _ in 0..MAX_PAGES {
            if let Some(next) = reply.headers().get(LOCATION) {
                url = url.join(next.to_str().expect("text")).expect("an address");
                if url.as_str().starts_with(&app) {
                    return url.query().expect("a query").to_owned();
                }
                reply = self.send(&url, self.http.get(url.clone())).await;
                continue;
            }
            let (status, page) = (reply.status(), reply.text().await.expect("a page"));
            assert!(status.is_success() && url.path().starts_with("/interaction/"), "{url}: {status} {page}");
            reply = self.answer(&url, &page, answer).await;
        }
        panic!("the provider does not come to an end: {url}");
    }

    async fn answer(&mut self, url: &Url, page: &str, answer: Answer<'_>) -> Response {
        match answer {
            Answer::Cancel => {
                let abort: Url = format!("{url}/abort").parse().expect("an address");
                self.send(&abort, self.http.get(abort.clone())).await
            }
            Answer::Agree(login) => {
                let fields = match page.contains("name=\"login\"") {
                    true => vec![("prompt", "login"), ("login", login), ("password", "any")],
                    false => vec![("prompt", "consent")],
                };
                self.send(url, self.http.post(url.clone()).form(&fields)).await
            }
        }
    }

    async fn send(&mut self, url: &Url, request: RequestBuilder) -> Response {
        let sent: Vec<_> = self.cookies.iter().filter(|cookie| url.path().starts_with(&cookie.path)).collect();
        let header: Vec<_> = sent.iter().map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
        let reply = request.header(COOKIE, header.join("; ")).send().await.expect("the provider answers");
        for line in reply.headers().get_all(SET_COOKIE) {
            let cookie = Cookie::read(line.to_str().expect("text"));
            self.cookies.retain(|other| (&other.name, &other.path) != (&cookie.name, &cookie.path));
            self.cookies.push(cookie);
        }
        reply
    }
}

impl Cookie {
    fn read(line: &str) -> Self {
        let mut parts = line.split(';').map(str::trim);
        let (name, value) = parts.next().and_then(|first| first.split_once('=')).expect("a name and a value");
        let path = parts.find_map(|part| part.strip_prefix("path=")).unwrap_or("/");
        Self { name: name.to_owned(), value: value.to_owned(), path: path.to_owned() }
    }
}

#[expect(clippy::disallowed_methods, reason = "a browser, which follows no redirect by itself")]
fn plain_client() -> Client {
    let client = Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy();
    client.build().expect("a plain client can be built")
}

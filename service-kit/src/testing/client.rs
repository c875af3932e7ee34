//! A plain HTTP client for tests, with the checks that every test repeats.

use reqwest::{Method, StatusCode, header::HeaderMap};
use serde_json::Value;

use super::contract::{self, Exchange};

/// Talks to one service.
#[derive(Debug, Clone)]
pub struct TestClient {
    base: String,
    http: reqwest::Client,
    checks_contract: bool,
}

impl TestClient {
    /// For the service at `base`, such as `http://127.0.0.1:4711`.
    ///
    /// # Panics
    /// When no TLS provider can be installed.
    #[expect(clippy::disallowed_methods, reason = "a plain client, as a test sees the service")]
    pub fn new(base: impl Into<String>) -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .expect("a plain client can be built");
        Self { base: base.into(), http, checks_contract: true }
    }

    /// The same for a server that is none of ours and answers at our paths.
    #[must_use]
    pub fn without_contract(self) -> Self {
        Self { checks_contract: false, ..self }
    }

    /// Base URL of the service.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Begins a request.
    pub fn request(&self, method: Method, path: &str) -> TestRequest {
        let builder = self.http.request(method, format!("{}{path}", self.base));
        TestRequest { builder, checks_contract: self.checks_contract }
    }

    /// Begins a GET.
    pub fn get(&self, path: &str) -> TestRequest {
        self.request(Method::GET, path)
    }

    /// Begins a POST.
    pub fn post(&self, path: &str) -> TestRequest {
        self.request(Method::POST, path)
    }

    /// Begins a PUT.
    pub fn put(&self, path: &str) -> TestRequest {
        self.request(Method::PUT, path)
    }

    /// Begins a PATCH.
    pub fn patch(&self, path: &str) -> TestRequest {
        self.request(Method::PATCH, path)
    }

    /// Begins a DELETE.
    pub fn delete(&self, path: &str) -> TestRequest {
        self.request(Method::DELETE, path)
    }
}

/// Builder of a request.
#[derive(Debug)]
pub struct TestRequest {
    builder: reqwest::RequestBuilder,
    checks_contract: bool,
}

impl TestRequest {
    /// Adds an access token.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        Self { builder: self.builder.bearer_auth(token), ..self }
    }

    /// Adds name and secret of a service client.
    #[must_use]
    pub fn basic(self, client: &str, secret: &str) -> Self {
        Self { builder: self.builder.basic_auth(client, Some(secret)), ..self }
    }

    /// Adds a header of any bytes.
    #[must_use]
    pub fn header_bytes(self, name: &str, value: &[u8]) -> Self {
        Self { builder: self.builder.header(name, value), ..self }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(self, name: &str, value: &str) -> Self {
        Self { builder: self.builder.header(name, value), ..self }
    }

    /// Sets a JSON body.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        Self { builder: self.builder.json(body), ..self }
    }

    /// Sets a form.
    #[must_use]
    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        Self { builder: self.builder.form(fields), ..self }
    }

    /// Sets any body.
    #[must_use]
    pub fn body(self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { builder: self.builder.header("content-type", content_type).body(body.into()), ..self }
    }

    /// Sends it, and holds both sides to the published contract.
    ///
    /// # Panics
    /// When there is no response, or it breaks the contract.
    pub async fn send(self) -> TestReply {
        let (http, request) = self.builder.build_split();
        let request = request.expect("the request can be built");
        let (method, path) = (request.method().to_string(), request.url().path().to_owned());
        let query = request.url().query().unwrap_or_default().to_owned();
        let sent_type = media_type(request.headers()).to_owned();
        let sent = request.body().and_then(|body| body.as_bytes()).map(<[u8]>::to_vec);
        let reply = http.execute(request).await.expect("the service answers");
        let (status, headers) = (reply.status(), reply.headers().clone());
        let body = reply.bytes().await.expect("the body arrives").to_vec();
        let exchange = Exchange {
            method: &method,
            path: &path,
            query: &query,
            request: sent.as_deref().map(|sent| (sent_type.as_str(), sent)),
            status: status.as_u16(),
            media_type: media_type(&headers),
            headers: &headers,
            body: &body,
        };
        if self.checks_contract {
            contract::check(&exchange);
        } else {
            contract::note("-", &exchange);
        }
        TestReply { status, headers, body }
    }
}

/// Media type without parameters; empty if absent.
fn media_type(headers: &HeaderMap) -> &str {
    let value = headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim()
}

/// A response.
#[derive(Debug, Clone)]
pub struct TestReply {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Vec<u8>,
}

impl TestReply {
    /// The body as JSON.
    ///
    /// # Panics
    /// When it is not.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.text()))
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Value of a header; empty if absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// How this response to `method` at `path` breaks the published contract, if it does; for responses that no
    /// [`TestClient`] has received.
    pub fn contract_complaint(&self, method: &str, path: &str) -> Option<String> {
        contract::complaint(&Exchange {
            method,
            path,
            query: "",
            request: None,
            status: self.status.as_u16(),
            media_type: media_type(&self.headers),
            headers: &self.headers,
            body: &self.body,
        })
    }

    /// Checks the status and returns the body, `null` when it is empty.
    ///
    /// # Panics
    /// When the status differs.
    #[track_caller]
    pub fn assert_status(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        if self.body.is_empty() { Value::Null } else { self.json() }
    }

    /// Checks that this is a complete problem with `code`, and returns it.
    ///
    /// # Panics
    /// When it is not.
    #[track_caller]
    pub fn assert_problem(&self, status: u16, code: &str) -> Value {
        let problem = self.assert_status(status);
        assert_eq!(problem["code"], code, "{problem}");
        assert_eq!(problem["status"], status, "{problem}");
        assert_eq!(problem["type"], format!("urn:marquee:problem:{code}"));
        let is_oauth = problem.get("error").is_some() && problem.get("error_description").is_some();
        let content_type = if is_oauth { "application/json" } else { "application/problem+json" };
        assert_eq!(self.header("content-type"), content_type);
        assert_eq!(problem["request_id"], self.header("x-request-id"), "{problem}");
        problem
    }
}

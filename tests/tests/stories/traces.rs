//! One trace and one id per request: through movies-api, auth-service and SQL, in spans, logs and responses.

use std::path::Path;
use std::time::Duration;

use service_kit::testing::eventually;
use tests::collector::{Collector, Received};
use tests::process::Process;
use tests::services::{Service, sign_in};

const BOUND: Duration = Duration::from_secs(60);
const PASSWORD: &str = "a long enough one";
const CALLER: &str = "00f067aa0ba902b7";

/// auth-service and movies-api, both exporting to `collector` without delay.
pub struct Traced {
    pub collector: Collector,
    pub auth: Service,
    pub movies: Service,
}

impl Traced {
    /// Starts both on `data`, with these additional variables.
    pub async fn start(data: &Path, more: &[(&'static str, &str)]) -> Self {
        let collector = Collector::start();
        let with = |own: &[(&'static str, String)]| {
            let mut all = vec![
                ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url().to_owned()),
                ("OTEL_BSP_SCHEDULE_DELAY", "50".to_owned()),
                ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=story".to_owned()),
            ];
            all.extend(own.iter().cloned());
            all.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
            all
        };
        let data = data.display().to_string();
        let auth = with(&[("AUTH_DATA_DIR", data.clone()), ("AUTH_LISTEN", "127.0.0.1:0".into())]);
        let auth = Service::start("auth-service", &auth);
        auth.ready().await;
        let movies = with(&[
            ("MOVIES_DATA_DIR", data),
            ("MOVIES_LISTEN", "127.0.0.1:0".into()),
            ("MOVIES_AUTH_URL", format!("http://{}", auth.address)),
            ("MOVIES_AUTH_TIMEOUT", "5s".into()), // a busy machine must not cause timeouts
        ]);
        let movies = Service::start("movies-api", &movies);
        movies.ready().await;
        Self { collector, auth, movies }
    }

    /// Creates an account and returns its access token.
    pub async fn member(&self, email: &str) -> String {
        let account = serde_json::json!({"email": email, "password": PASSWORD});
        self.auth.client.post("/api/v1/users").json(&account).send().await.assert_status(201);
        sign_in(&self.auth.client, email, PASSWORD).await
    }

    /// Waits until this many services have exported their span of the trace. Child spans end and are exported before.
    pub async fn trace(&self, id: &str, services: usize) -> Vec<Received> {
        let served = |spans: &[Received]| spans.iter().filter(|span| span.kind == "server").count();
        let complete = async || served(&self.collector.trace(id)) == services;
        eventually("all spans are exported", BOUND, complete).await;
        self.collector.trace(id)
    }
}

/// The only matching span.
fn the<'a>(spans: &'a [Received], what: &str, fits: impl Fn(&Received) -> bool) -> &'a Received {
    let found: Vec<_> = spans.iter().filter(|span| fits(span)).collect();
    assert_eq!(found.len(), 1, "{what} in {spans:#?}");
    found[0]
}

fn traceparent(trace: &str) -> String {
    format!("00-{trace}-{CALLER}-01")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_token_with_a_bad_body_is_introspected_to_the_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let traced = Traced::start(folder.path(), &[]).await;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4737";

    let request = traced.movies.client.post("/api/v1/films").bearer("a.bad.token").body("application/json", "[");
    request.header("traceparent", &traceparent(trace)).send().await.assert_problem(401, "auth.token_invalid");

    let spans = traced.trace(trace, 2).await;
    let call = the(&spans, "the call", |span| span.kind == "client");
    assert_eq!(call.attributes["http.response.status_code"], 200, "{call:#?}");
    assert!(spans.iter().all(|span| !span.failed && !span.attributes.contains_key("error.type")), "{spans:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_with_a_token_is_one_trace_through_both_services() {
    let folder = tempfile::tempdir().expect("a folder");
    let traced = Traced::start(folder.path(), &[]).await;
    let token = traced.member("ann@example.org").await;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";

    let request = traced.movies.client.get("/api/v1/films?page_size=1").bearer(&token);
    let reply = request.header("x-request-id", "order-42").header("traceparent", &traceparent(trace)).send().await;
    assert_eq!(reply.assert_status(200)["viewer"]["mode"], "member");
    assert_eq!(reply.header("x-request-id"), "order-42");

    let spans = traced.trace(trace, 2).await;
    assert_eq!(spans.len(), 3, "{spans:#?}");
    assert!(spans.iter().all(|span| span.attributes["request.id"] == "order-42" && !span.failed), "{spans:#?}");
    let movies = the(&spans, "movies-api's span", |span| span.kind == "server" && span.service() == "movies-api");
    let call = the(&spans, "the call", |span| span.kind == "client");
    let auth = the(&spans, "auth-service's span", |span| span.kind == "server" && span.service() == "auth-service");
    assert_eq!((movies.parent.as_str(), &call.parent, &auth.parent), (CALLER, &movies.id, &call.id));
    assert_eq!(movies.name, "GET /api/v1/films");
    assert_eq!((call.service(), call.name.as_str()), ("movies-api", "POST /oauth2/introspect"));
    assert_eq!(auth.name, "POST /oauth2/introspect");
    for span in [movies, call, auth] {
        assert!(span.time.0 <= span.time.1, "{span:#?}");
        assert_eq!(span.attributes["http.response.status_code"], 200, "a number: {span:#?}");
        assert!(span.attributes["server.port"].is_i64(), "{span:#?}");
    }
    assert_eq!(movies.attributes["http.route"], "/api/v1/films");
    assert_eq!(movies.attributes["http.request.method"], "GET");
    assert_eq!(movies.attributes["marquee.identity.mode"], "full");
    assert!(!movies.attributes.keys().any(|key| key.starts_with("url.path") || key.starts_with("url.query")));
    for name in ["service.version", "service.instance.id"] {
        assert!(movies.resource[name].is_string(), "{movies:#?}");
    }
    assert_eq!(movies.resource["deployment.environment.name"], "story");

    for (mut service, span) in [(traced.movies, movies), (traced.auth, auth)] {
        let is_served = async || service.process.all_with("order-42").iter().any(|line| line.contains("\"served\""));
        eventually("the request is logged", BOUND, is_served).await;
        let line = service.process.line_with("\"request_id\":\"order-42\"", BOUND);
        let line: serde_json::Value = serde_json::from_str(&line).expect("a line of JSON");
        assert_eq!((&line["trace_id"], &line["span_id"]), (&trace.into(), &span.id.clone().into()), "{line}");
        let lines = service.process.output();
        let served = lines.iter().filter(|line| line.contains("order-42") && line.contains("\"served\""));
        assert_eq!(served.count(), 1, "one line for one request");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sql_spans_are_children_of_their_request_and_carry_no_values() {
    let folder = tempfile::tempdir().expect("a folder");
    let traced = Traced::start(folder.path(), &[]).await;
    let token = traced.member("ben@example.org").await;
    let trace = "5bf92f3577b34da6a3ce929d0e0e4736";
    let me = traced.auth.client.get("/api/v1/me").bearer(&token).header("x-request-id", "who-am-i");
    me.header("traceparent", &traceparent(trace)).send().await.assert_status(200);
    let spans = traced.trace(trace, 1).await;
    let served = the(&spans, "the request", |span| span.kind == "server");
    let query = the(&spans, "the look at the account", |span| span.name == "SELECT users");
    assert_eq!((&query.parent, query.kind), (&served.id, "client"));
    assert_eq!(query.attributes["db.system.name"], "sqlite");
    assert_eq!(query.attributes["request.id"], "who-am-i");
    let text = query.attributes["db.query.text"].as_str().expect("text");
    assert!(text.starts_with("SELECT") && text.contains('?') && !text.contains("ben@"), "{text}");

    // A write of an editor: token check in auth-service and statements in movies-api, all in one trace.
    let arguments = ["grant-role", "ben@example.org", "editor", "--prove"];
    let data = [("AUTH_DATA_DIR", folder.path().display().to_string())];
    assert!(Process::start("auth-service", &arguments, &data).wait(BOUND).success());
    let token = sign_in(&traced.auth.client, "ben@example.org", PASSWORD).await;
    let trace = "6bf92f3577b34da6a3ce929d0e0e4736";
    let film = serde_json::json!({"title": "Traced At Last", "year": 2020});
    let write = traced.movies.client.post("/api/v1/films").bearer(&token).json(&film);
    write.header("traceparent", &traceparent(trace)).send().await.assert_status(201);
    let spans = traced.trace(trace, 2).await;
    let served = the(&spans, "the request", |span| span.kind == "server" && span.service() == "movies-api");
    let flow = the(&spans, "the flow", |span| span.name == "create_film");
    let insert = the(&spans, "the film's row", |span| span.name == "INSERT films");
    let check = the(&spans, "the token's check", |span| span.kind == "server" && span.service() == "auth-service");
    let call = the(&spans, "the call", |span| span.name == "POST /oauth2/introspect" && span.kind == "client");
    assert_eq!((&flow.parent, &insert.parent), (&served.id, &flow.id));
    assert_eq!((&call.parent, &check.parent), (&served.id, &call.id));
    assert!(!traced.collector.has_seen("Traced At Last"), "values stay where they are");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_trace_of_a_degraded_response_has_its_cause() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut traced = Traced::start(folder.path(), &[]).await;
    traced.auth.process.signal("KILL");
    traced.auth.process.wait(BOUND);
    let trace = "7bf92f3577b34da6a3ce929d0e0e4736";
    let request = traced.movies.client.get("/api/v1/films?page_size=1").bearer("a.b.c");
    let reply = request.header("traceparent", &traceparent(trace)).send().await.assert_status(200);
    assert_eq!(reply["viewer"]["mode"], "degraded");
    let spans = traced.trace(trace, 1).await;
    let served = the(&spans, "the request", |span| span.kind == "server");
    assert!(!served.failed, "the visitor got an answer");
    assert_eq!(served.attributes["marquee.identity.mode"], "degraded");
    assert!(served.attributes.contains_key("marquee.breaker.state"), "{served:#?}");
    for call in spans.iter().filter(|span| span.kind == "client") {
        assert!(call.failed && call.attributes["error.type"].is_string(), "{call:#?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_restart_the_trace_of_a_caller_becomes_a_link_and_its_baggage_is_dropped() {
    let folder = tempfile::tempdir().expect("a folder");
    let more = [("MOVIES_TRACE_CALLERS", "restart"), ("AUTH_TRACE_CALLERS", "resample")];
    let sampler = [("OTEL_TRACES_SAMPLER", "parentbased_always_on")];
    let traced = Traced::start(folder.path(), &[&more[..], &sampler[..]].concat()).await;
    let trace = "8bf92f3577b34da6a3ce929d0e0e4736";
    let request = traced.movies.client.get("/api/v1/genres").header("traceparent", &traceparent(trace));
    request.header("x-request-id", "stranger-1").header("baggage", "user=root").send().await.assert_status(200);
    let ours = async || {
        let spans = traced.collector.spans();
        spans.iter().any(|span| span.attributes.get("request.id") == Some(&"stranger-1".into()))
    };
    eventually("the span is exported", BOUND, ours).await;
    assert!(traced.collector.trace(trace).is_empty(), "their trace is not ours");
    let spans = traced.collector.spans();
    let served = the(&spans, "our span", |span| span.attributes.get("request.id") == Some(&"stranger-1".into()));
    assert_eq!((served.parent.as_str(), &served.links[..]), ("", &[trace.to_owned()][..]));
    assert!(!traced.collector.has_seen("user=root"), "baggage is dropped");
}

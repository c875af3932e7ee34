//! Social sign-in with stubs of every provider and a real process that logs at `trace`: every failure has a response
//! other than 500, and no secret of a provider, a browser or a setting is logged or exported.

use std::sync::Mutex;
use std::time::Duration;

use futures_util::future::join_all;
use reqwest::StatusCode;
use serde_json::{Value, json};
use service_kit::testing::{TestClient, TestReply, eventually};
use stub_providers::{CANARY, Endpoint, Fault, Kind, Person, Stub};
use tests::collector::Collector;
use tests::services::Service;
use url::Url;

const BOUND: Duration = Duration::from_secs(60);

/// Provider ids in paths.
const fn id(kind: Kind) -> &'static str {
    match kind {
        Kind::Google => "google",
        Kind::Yandex => "yandex",
        Kind::Vk => "vk",
        Kind::MailRu => "mail_ru",
        Kind::Oidc => "oidc",
    }
}

struct World {
    auth: Service,
    collector: Collector,
    _folder: tempfile::TempDir,
    /// Secrets that only the app may see.
    secrets: Mutex<Vec<String>>,
}

/// A signed-in user.
struct SignedIn {
    id: String,
    access: String,
}

impl World {
    async fn start(stubs: &[Stub]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let collector = Collector::start();
        let mut variables = vec![
            ("AUTH_DATA_DIR", folder.path().display().to_string()),
            ("AUTH_LISTEN", "127.0.0.1:0".to_owned()),
            ("AUTH_LIMITS", "off".to_owned()),
            ("AUTH_SOCIAL_TIMEOUT", "4s".to_owned()), // short enough to wait for, long enough for a busy machine
            ("AUTH_SOCIAL_APP_REDIRECT_URI", "http://127.0.0.1/in/{provider}".to_owned()),
            ("RUST_LOG", "trace".to_owned()),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url().to_owned()),
            ("OTEL_TRACES_SAMPLER", "always_on".to_owned()),
        ];
        let of_stubs: Vec<(String, String)> = stubs.iter().flat_map(Stub::environment).collect();
        variables.extend(of_stubs.iter().map(|(name, value)| (name.as_str(), value.clone())));
        let auth = Service::start("auth-service", &variables);
        auth.ready().await;
        Self { auth, collector, _folder: folder, secrets: Mutex::default() }
    }

    fn client(&self) -> &TestClient {
        &self.auth.client
    }

    fn keep(&self, secret: &str) {
        self.secrets.lock().expect("no thread panics with this lock").push(secret.to_owned());
    }

    /// Starts a sign-in or link; returns the authorization URL and the ticket.
    async fn start_flow(&self, path: &str, who: Option<&SignedIn>) -> Result<(Url, String), TestReply> {
        let request = self.client().post(&format!("{path}/start")).json(&json!({}));
        let reply = match who {
            Some(who) => request.bearer(&who.access).send().await,
            None => request.send().await,
        };
        if reply.status != StatusCode::OK {
            return Err(reply);
        }
        let body = reply.json();
        let text = |name: &str| body[name].as_str().expect("a text").to_owned();
        self.keep(&text("ticket"));
        Ok((Url::parse(&text("authorize_url")).expect("a URL"), text("ticket")))
    }

    async fn finish_flow(&self, path: &str, who: Option<&SignedIn>, ticket: &str, callback: &Url) -> TestReply {
        let query = callback.query().expect("a callback has a query");
        for (_, value) in callback.query_pairs().filter(|(name, _)| name == "state" || name == "code") {
            self.keep(&value);
        }
        let request = self.client().post(&format!("{path}/finish")).json(&json!({"ticket": ticket, "callback": query}));
        match who {
            Some(who) => request.bearer(&who.access).send().await,
            None => request.send().await,
        }
    }

    /// Runs a whole sign-in or link and returns the reply.
    async fn run_flow(&self, stub: &Stub, path: &str, who: Option<&SignedIn>) -> TestReply {
        match self.start_flow(path, who).await {
            Ok((url, ticket)) => self.finish_flow(path, who, &ticket, &stub.authorize(&url)).await,
            Err(reply) => reply,
        }
    }

    async fn sign_in(&self, stub: &Stub) -> SignedIn {
        let body = self.run_flow(stub, &sign_in_path(stub), None).await.assert_status(201);
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let (access, refresh) = (text(&body["tokens"]["access_token"]), text(&body["tokens"]["refresh_token"]));
        self.keep(&access);
        self.keep(&refresh);
        SignedIn { id: text(&body["user"]["id"]), access }
    }

    async fn linked(&self, who: &SignedIn) -> Vec<(String, String)> {
        let body = self.client().get("/api/v1/me/social-accounts").bearer(&who.access).send().await.assert_status(200);
        let text = |item: &Value, name: &str| item[name].as_str().expect("a text").to_owned();
        let items = body["items"].as_array().expect("a list");
        items.iter().map(|item| (text(item, "provider"), text(item, "id"))).collect()
    }

    async fn unlink(&self, who: &SignedIn, account: &str) -> TestReply {
        let path = format!("/api/v1/me/social-accounts/{account}");
        self.client().delete(&path).bearer(&who.access).send().await
    }
}

fn sign_in_path(stub: &Stub) -> String {
    format!("/api/v1/social/{}", id(stub.kind()))
}

fn link_path(stub: &Stub) -> String {
    format!("/api/v1/me/social-accounts/{}", id(stub.kind()))
}

/// Sign up, sign in again, cancel, replay.
async fn goes_well(world: &World, stub: &Stub) {
    let (first, second) = (world.sign_in(stub).await, world.sign_in(stub).await);
    assert_eq!(first.id, second.id, "{:?}: the same person", stub.kind());
    let path = sign_in_path(stub);
    let (url, ticket) = world.start_flow(&path, None).await.expect("it starts");
    world.finish_flow(&path, None, &ticket, &stub.cancel(&url)).await.assert_problem(400, "social.cancelled");
    let (url, ticket) = world.start_flow(&path, None).await.expect("it starts");
    let callback = stub.authorize(&url);
    world.finish_flow(&path, None, &ticket, &callback).await.assert_status(201);
    world.finish_flow(&path, None, &ticket, &callback).await.assert_problem(400, "social.ticket_invalid");
    // The used code with a fresh ticket and state.
    let (url, ticket) = world.start_flow(&path, None).await.expect("it starts");
    let (code, fresh) = (value(&callback, "code"), stub.authorize(&url));
    let replayed =
        Url::parse(&fresh.as_str().replace(&*encoded(&value(&fresh, "code")), &encoded(&code))).expect("a URL");
    world.finish_flow(&path, None, &ticket, &replayed).await.assert_problem(400, "social.refused");
}

fn value(url: &Url, name: &str) -> String {
    url.query_pairs().find(|(known, _)| known == name).expect("it is there").1.into_owned()
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Each provider is linked to the account of another, and unlinked.
async fn links_and_unlinks(world: &World, stub: &Stub, owner: &SignedIn) {
    let kind = stub.kind();
    stub.person(Person::without_email("700700"));
    world.run_flow(stub, &link_path(stub), Some(owner)).await.assert_status(201);
    assert_eq!(world.sign_in(stub).await.id, owner.id, "{kind:?}: what is linked signs in");
    let linked = world.linked(owner).await;
    let (_, account) = linked.last().expect("it is linked");
    world.unlink(owner, account).await.assert_status(204);
    assert_ne!(world.sign_in(stub).await.id, owner.id, "{kind:?}: what is unlinked does not");
}

/// Every fault of a provider.
async fn goes_wrong(world: &World, stub: &Stub) {
    let path = sign_in_path(stub);
    for (fault, expected) in [
        (Fault::Error("invalid_grant"), 400),
        (Fault::ErrorIn200("invalid_grant"), 400),
        (Fault::Error("invalid_client"), 502),
        (Fault::EmptyObject, 502),
        (Fault::NotJson, 503),
        (Fault::Status(500), 503),
        (Fault::Redirect, 503),
    ] {
        stub.fail(Endpoint::Token, fault);
        let reply = world.run_flow(stub, &path, None).await;
        assert_eq!(reply.status.as_u16(), expected, "{:?} {fault:?}: {}", stub.kind(), reply.text());
        stub.clear_faults();
        world.sign_in(stub).await; // a success resets the breaker
    }
    for fault in [Fault::Hang, Fault::Slow, Fault::Huge, Fault::HugeAnnounced] {
        stub.fail(Endpoint::Userinfo, fault);
        stub.fail(Endpoint::Token, fault);
        let reply = world.run_flow(stub, &path, None).await;
        let problem = reply.assert_problem(503, "social.provider_unavailable");
        assert!(!reply.header("retry-after").is_empty(), "{problem}");
        stub.clear_faults();
        world.sign_in(stub).await;
    }
    assert!(
        stub.streamed_bytes() < 64 * 1024 * 1024,
        "{:?}: a flood of 100 MB is cut off long before its end",
        stub.kind()
    );
}

/// The breaker opens for a provider that is down, the others work, and it is used again after its recovery.
async fn opens_and_closes(world: &World, stub: &Stub, other: &Stub) {
    stub.fail_everywhere(Fault::Status(503));
    let path = sign_in_path(stub);
    for _ in 0..12 {
        world.run_flow(stub, &path, None).await.assert_problem(503, "social.provider_unavailable");
    }
    assert!(stub.calls_at(Endpoint::Token).len() < 60, "the breaker is open");
    world.sign_in(other).await;
    stub.clear_faults();
    let recovered = async || world.run_flow(stub, &path, None).await.status == StatusCode::CREATED;
    eventually("the provider is used again", BOUND, recovered).await;
}

fn assert_no_secret_is_exposed(world: &mut World) {
    world.auth.process.signal("TERM");
    assert!(world.auth.process.wait(BOUND).success());
    assert!(world.collector.spans().len() > 300, "everything was traced");
    let mut secrets = world.secrets.lock().expect("no thread panics with this lock").clone();
    secrets.retain(|secret| secret.len() > 8);
    secrets.push(CANARY.to_owned());
    let log = world.auth.process.output().join("\n"); // once: it is long
    for secret in &secrets {
        if let Some(at) = log.find(secret.as_str()) {
            let line = log[..at].rfind('\n').map_or(0, |end| end + 1);
            panic!("{secret} was logged: {}", log[line..].lines().next().unwrap_or_default());
        }
        assert!(!world.collector.has_seen(secret), "{secret} was exported");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_provider_works_fails_in_defined_ways_and_exposes_no_secret() {
    let stubs: Vec<Stub> = Kind::ALL.into_iter().map(Stub::start).collect();
    let mut world = World::start(&stubs).await;
    for (number, stub) in stubs.iter().enumerate() {
        stub.person(Person::new(&format!("4711{number}"), &format!("canary-{number}@elsewhere.test")));
        goes_well(&world, stub).await;
    }
    for (number, stub) in stubs.iter().enumerate() {
        let other = &stubs[(number + 1) % stubs.len()];
        other.person(Person::without_email(&format!("800{number}")));
        let owner = world.sign_in(other).await;
        links_and_unlinks(&world, stub, &owner).await;
    }
    for (number, stub) in stubs.iter().enumerate() {
        stub.person(Person::new(&format!("4711{number}"), &format!("canary-{number}@elsewhere.test")));
    }
    join_all(stubs.iter().map(|stub| goes_wrong(&world, stub))).await; // concurrently, because it mostly waits
    for (number, stub) in stubs.iter().enumerate() {
        opens_and_closes(&world, stub, &stubs[(number + 1) % stubs.len()]).await;
    }
    let reply = world.client().get("/api/v1/social/providers").send().await.assert_status(200);
    assert_eq!(reply["items"].as_array().expect("a list").len(), 5);
    assert_no_secret_is_exposed(&mut world);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::disallowed_methods, reason = "a browser")]
async fn an_unreachable_provider_is_a_503() {
    let stubs: Vec<Stub> = Kind::ALL.into_iter().map(Stub::start).collect();
    let world = World::start(&stubs).await;
    for stub in stubs {
        let path = sign_in_path(&stub);
        let left = world.start_flow(&path, None).await;
        let callback = left.as_ref().ok().map(|(url, _)| stub.authorize(url));
        let base = stub.base().to_owned();
        drop(stub);
        let stopped = async || reqwest::get(&base).await.is_err();
        eventually("the stub has stopped", BOUND, stopped).await;
        let reply = match (left, callback) {
            (Ok((_, ticket)), Some(callback)) => world.finish_flow(&path, None, &ticket, &callback).await,
            (Err(reply), _) => reply,
            (Ok(_), None) => unreachable!("a start gives a callback"),
        };
        reply.assert_problem(503, "social.provider_unavailable");
    }
}

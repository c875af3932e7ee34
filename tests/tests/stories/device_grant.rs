//! A TV is signed in by a phone although replicas of auth-service are killed in between: with -9, before the approval, between
//! approval and poll, and between the poll and the first use of its tokens.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use service_kit::testing::{TestClient, TestReply, eventually};
use tests::postgres::Postgres;
use tests::process::Process;
use tests::services::Service;

const BOUND: Duration = Duration::from_secs(120);
const ISSUER: &str = "http://auth.example";
const PASSWORD: &str = "three cats on a sofa";
const GRANT: (&str, &str) = ("grant_type", "urn:ietf:params:oauth:grant-type:device_code");
const TV: (&str, &str) = ("client_id", "marquee");

/// Two replicas of auth-service on one database.
struct Stack {
    auth: [Service; 2],
    variables: Vec<(&'static str, String)>,
}

impl Stack {
    async fn start(data: &Path, database: String) -> Self {
        let variables = vec![
            ("AUTH_DATA_DIR", data.display().to_string()),
            ("AUTH_DATABASE_URL", database),
            ("AUTH_MIGRATE", "true".to_owned()),
            ("AUTH_ISSUER", ISSUER.to_owned()),
            ("AUTH_SERVICE_CLIENTS", "movies-api=a-secret-between-services".to_owned()),
        ];
        for arguments in [&["create-key"][..], &["migrate"]] {
            let mut process = Process::start("auth-service", arguments, &variables);
            assert!(process.wait(BOUND).success(), "{arguments:?}: {}", process.output().join("\n"));
        }
        let auth = ["127.0.0.1:0"; 2].map(|listen| start(&variables, listen));
        for service in &auth {
            service.ready().await;
        }
        Self { auth, variables }
    }

    async fn kill_and_restart(&mut self, replica: usize) {
        let auth = &mut self.auth[replica];
        auth.process.signal("KILL");
        auth.process.wait(BOUND);
        *auth = start(&self.variables, &auth.address);
        auth.ready().await;
    }

    fn client(&self, replica: usize) -> &TestClient {
        &self.auth[replica].client
    }
}

fn start(variables: &[(&'static str, String)], listen: &str) -> Service {
    Service::start("auth-service", &[variables, &[("AUTH_LISTEN", listen.to_owned())]].concat())
}

/// A browser on a phone: it keeps cookies, and sends the hidden fields of forms and their origin.
#[derive(Default)]
struct Phone(BTreeMap<String, String>);

impl Phone {
    async fn get(&mut self, client: &TestClient, path: &str) -> TestReply {
        let reply = client.get(path).header("cookie", &self.cookies()).send().await;
        self.keep(&reply);
        reply
    }

    /// Sends the last form of `page` with these fields.
    async fn post(&mut self, client: &TestClient, page: &TestReply, to: &str, fields: &[(&str, &str)]) -> TestReply {
        let text = page.text();
        let (_, rest) = text.rsplit_once("name=\"form_token\" value=\"").expect("a form");
        let token = rest.split('"').next().expect("a token");
        let fields: Vec<_> = fields.iter().copied().chain([("form_token", token)]).collect();
        let request = client.post(to).header("cookie", &self.cookies()).header("origin", ISSUER);
        let reply = request.header("sec-fetch-site", "same-origin").form(&fields).send().await;
        self.keep(&reply);
        reply
    }

    fn cookies(&self) -> String {
        self.0.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn keep(&mut self, reply: &TestReply) {
        for line in reply.headers.get_all("set-cookie").iter().filter_map(|line| line.to_str().ok()) {
            let pair = line.split(';').next().and_then(|pair| pair.split_once('='));
            let (name, value) = pair.expect("a cookie");
            self.0.insert(name.to_owned(), value.to_owned());
        }
    }
}

async fn poll(client: &TestClient, code: &str) -> TestReply {
    client.post("/oauth2/token").form(&[GRANT, TV, ("device_code", code)]).send().await
}

fn text(body: &Value, name: &str) -> String {
    body[name].as_str().expect("a text").to_owned()
}

#[tokio::test]
async fn a_tv_is_signed_in_by_a_phone_although_replicas_are_killed_in_between() {
    let (folder, postgres) = (tempfile::tempdir().expect("a folder"), Postgres::find());
    let mut stack = Stack::start(folder.path(), postgres.database("devices").await).await;
    let credentials = json!({"email": "anna@example.org", "password": PASSWORD});
    stack.client(0).post("/api/v1/users").json(&credentials).send().await.assert_status(201);

    let ask = stack.client(0).post("/oauth2/device_authorization");
    let codes = ask.form(&[TV, ("device_kind", "tv")]).send().await.assert_status(200);
    let (device, user) = (text(&codes, "device_code"), text(&codes, "user_code"));
    assert_eq!(poll(stack.client(0), &device).await.assert_status(400)["error"], "authorization_pending");
    stack.kill_and_restart(0).await;

    let mut phone = Phone::default();
    let target = format!("/account/activate?code={user}");
    assert_eq!(phone.get(stack.client(1), &target).await.header("location"), "/account/sign-in");
    let page = phone.get(stack.client(1), "/account/sign-in").await;
    let fields = [("email", "anna@example.org"), ("password", PASSWORD)];
    let reply = phone.post(stack.client(1), &page, "/account/sign-in", &fields).await;
    assert_eq!(reply.header("location"), "/account/activate", "{}", reply.text());
    let page = phone.get(stack.client(0), "/account/activate").await;
    let page = phone.post(stack.client(0), &page, "/account/activate", &[("code", &user)]).await;
    stack.kill_and_restart(1).await;
    let fields = [("code", user.as_str()), ("decision", "approve")];
    let reply = phone.post(stack.client(1), &page, "/account/activate/decision", &fields).await;
    assert_eq!(reply.status, 303, "{}", reply.text());

    for replica in [0, 1] {
        stack.kill_and_restart(replica).await;
    }
    let lost = poll(stack.client(0), &device).await.assert_status(200);
    stack.kill_and_restart(0).await;
    let tokens = poll(stack.client(1), &device).await.assert_status(200);
    assert_eq!(tokens["refresh_token"], lost["refresh_token"], "the answer that was lost");
    let (access, refresh) = (text(&tokens, "access_token"), text(&tokens, "refresh_token"));
    let accepted = async || stack.client(0).get("/api/v1/me").bearer(&access).send().await.status == 200;
    eventually("the token counts everywhere", BOUND, accepted).await;
    let form = [("grant_type", "refresh_token"), TV, ("refresh_token", refresh.as_str())];
    stack.client(1).post("/oauth2/token").form(&form).send().await.assert_status(200);
}

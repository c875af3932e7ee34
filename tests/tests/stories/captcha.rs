//! A bot guesses and a user solves captchas, with real processes of auth-service and captcha-service; then
//! captcha-service dies, restarts and hangs.

use std::path::Path;
use std::time::Duration;

use captcha_service::challenge_repository::PictureRef;
use captcha_service::config::Config;
use captcha_service::domain::ChallengeToken;
use captcha_service::state::AppState;
use serde_json::{Value, json};
use service_kit::SystemClock;
use service_kit::testing::{TestClient, TestReply, eventually};
use tests::services::{Service, limits_file};

const BOUND: Duration = Duration::from_secs(60);
/// Sealing key of the story's captcha-service. With it the story reads the right answers.
const KEY: &str = "canary-key-of-the-story-of-32-letters-or-more";
const PASSWORD: &str = "three canaries on a sofa";
const WRONG: &str = "four canaries on a sofa";
const EMAIL: &str = "canary-anna@example.org";
/// Thinking time of a user. Faster answers count as a machine's.
const THOUGHT: Duration = Duration::from_secs(4);

fn captcha(data: &Path, listen: &str) -> Service {
    let variables = [
        ("CAPTCHA_DATA_DIR", data.display().to_string()),
        ("CAPTCHA_LISTEN", listen.to_owned()),
        ("CAPTCHA_KEEP", "sealed".to_owned()),
        ("CAPTCHA_KEYS", KEY.to_owned()),
        ("RUST_LOG", "info,service_kit=debug,captcha_service=debug".to_owned()),
    ];
    Service::start("captcha-service", &variables)
}

fn auth(data: &Path, captcha: &str) -> Service {
    let variables = [
        ("AUTH_DATA_DIR", data.display().to_string()),
        ("AUTH_LISTEN", "127.0.0.1:0".to_owned()),
        ("AUTH_CAPTCHA_URL", format!("http://{captcha}")),
        // Wide limits for the story's rate of requests.
        ("AUTH_LIMITS_FILE", limits_file(data, "limits.toml", &[("sign_up", "1000/1s"), ("log_in", "1000/1s")])),
        ("RUST_LOG", "info,service_kit=debug,auth_service=debug,bot_filter=debug".to_owned()),
    ];
    Service::start("auth-service", &variables)
}

/// A user with a TV.
struct Person<'a> {
    auth: &'a TestClient,
    captcha: &'a TestClient,
    /// Reads the answers with the key.
    reader: &'a AppState,
    device_token: Option<Value>,
    passes: Vec<String>,
}

impl Person<'_> {
    async fn log_in(&self, password: &str, more: Value) -> TestReply {
        let body = json!({"email": EMAIL, "password": password, "device": {"kind": "tv"}});
        self.auth.post("/api/v1/sessions").json(&with(body, &more)).send().await
    }

    async fn sign_up(&self, email: &str, more: Value) -> TestReply {
        let body = json!({"email": email, "password": PASSWORD, "device": {"kind": "tv"}});
        self.auth.post("/api/v1/users").json(&with(body, &more)).send().await
    }

    /// Passes the captcha that a reply requires; returns the fields of its pass.
    async fn solve(&mut self, required: &TestReply) -> Value {
        let problem = required.assert_problem(403, "auth.captcha_required");
        let mut body = json!({"assess_id": problem["assess_id"], "action": problem["action"]});
        if let Some(token) = &self.device_token {
            body["device_token"] = token.clone();
        }
        let issued = self.captcha.post("/api/v1/captcha/challenges").json(&body).send().await.assert_status(201);
        let path = format!("/api/v1/captcha/challenges/{}/answer", issued["session"].as_str().expect("a session"));
        let mut picture = issued["picture_id"].clone();
        for _ in 0..2 {
            tokio::time::sleep(THOUGHT).await;
            let answer = self.read(&issued["session"], &picture);
            let answer = json!({"picture_id": picture, "answer": answer});
            let reply = self.captcha.post(&path).json(&answer).send().await.assert_status(200);
            if reply["status"] == "passed" {
                self.device_token = Some(issued["device_token"].clone());
                self.passes.push(reply["token"].as_str().expect("a pass").to_owned());
                return json!({"captcha_token": reply["token"], "captcha_device_token": issued["device_token"]});
            }
            picture = reply["picture_id"].clone();
        }
        panic!("two right answers are always enough");
    }

    fn read(&self, session: &Value, picture: &Value) -> String {
        let token = ChallengeToken::parse(session.as_str().expect("a session")).expect("of captcha-service");
        match self.reader.repository.read_picture(picture.as_str().expect("a picture"), &token) {
            PictureRef::Sealed(challenge) => challenge.right_answer().number().to_string(),
            PictureRef::Stored(_) => panic!("sessions of the story are sealed"),
        }
    }
}

fn with(mut body: Value, more: &Value) -> Value {
    for (name, value) in more.as_object().expect("an object") {
        body[name] = value.clone();
    }
    body
}

fn closed(reply: &TestReply) {
    reply.assert_problem(503, "auth.captcha_unavailable");
    let seconds: u32 = reply.header("retry-after").parse().expect("whole seconds");
    assert!(seconds >= 1);
}

/// Opens the page that a reply names, and the challenge that the page requests with the values of its address.
async fn opens_as_given(required: &TestReply, captcha: &TestClient) {
    let problem = required.assert_problem(403, "auth.captcha_required");
    let url = reqwest::Url::parse(problem["captcha_url"].as_str().expect("a page")).expect("a URL");
    let page = TestClient::new(url.as_str()).get("").send().await;
    assert_eq!((page.status.as_u16(), page.text().contains("id=\"picture\"")), (200, true), "{url}");
    let body: serde_json::Map<_, _> =
        url.query_pairs().map(|(name, value)| (name.into_owned(), Value::from(value.into_owned()))).collect();
    assert_eq!(body.keys().collect::<Vec<_>>(), ["action", "assess_id"]);
    captcha.post("/api/v1/captcha/challenges").json(&Value::Object(body)).send().await.assert_status(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bots_need_captchas_and_known_devices_work_without_captcha_service() {
    let (folder, other_folder) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let mut sums = captcha(folder.path(), "127.0.0.1:0");
    let auth = auth(folder.path(), &sums.address);
    sums.ready().await;
    auth.ready().await;
    let mut config = Config::embedded(other_folder.path(), "127.0.0.1:0".parse().expect("an address"));
    (config.sealed, config.keys) = (true, Some(vec![KEY.to_owned().into()]));
    let reader = captcha_service::app::build(config, SystemClock::shared()).expect("a reader of answers");
    let address = sums.address.clone();
    let at_sums = TestClient::new(format!("http://{address}"));
    let (reader, device_token) = (reader.state(), None);
    let mut anna = Person { auth: &auth.client, captcha: &at_sums, reader, device_token, passes: Vec::new() };

    let required = anna.sign_up(EMAIL, json!({})).await;
    opens_as_given(&required, &at_sums).await;
    let shown = anna.solve(&required).await;
    anna.sign_up(EMAIL, shown.clone()).await.assert_status(201);
    anna.sign_up("canary-again@example.org", shown).await.assert_problem(403, "auth.captcha_required");

    // No kind of device waives the first picture; a right answer waives the next three of its device.
    for kind in ["tv", "phone", "tablet", "desktop", "other"] {
        let guess = json!({"email": EMAIL, "password": WRONG, "device": {"kind": kind}});
        auth.client.post("/api/v1/sessions").json(&guess).send().await.assert_problem(403, "auth.captcha_required");
    }
    let answered = json!({"captcha_device_token": anna.device_token});
    for _ in 0..3 {
        anna.log_in(WRONG, answered.clone()).await.assert_problem(401, "auth.wrong_credentials");
    }
    anna.log_in(PASSWORD, answered).await.assert_problem(403, "auth.captcha_required");
    let required = anna.log_in(PASSWORD, json!({})).await;
    let shown = anna.solve(&required).await;
    let inside = anna.log_in(PASSWORD, shown.clone()).await.assert_status(201);
    anna.log_in(PASSWORD, shown).await.assert_problem(403, "auth.captcha_required");
    let known = json!({"known_device": inside["known_device"]});
    anna.log_in(PASSWORD, known.clone()).await.assert_status(201);

    sums.process.signal("KILL");
    sums.process.wait(BOUND);
    closed(&anna.sign_up("canary-late@example.org", json!({})).await);
    closed(&anna.log_in(PASSWORD, json!({})).await);
    anna.log_in(PASSWORD, known.clone()).await.assert_status(201);
    let throttled = async || anna.log_in(PASSWORD, known.clone()).await.status == 429;
    eventually("a known device has one try in ten seconds", BOUND, throttled).await;

    let mut log = sums.process.output();
    sums = captcha(folder.path(), &address);
    let asks = async || anna.sign_up("canary-late@example.org", json!({})).await.status == 403;
    eventually("captchas are required again", BOUND, asks).await;
    let required = anna.sign_up("canary-late@example.org", json!({})).await;
    let shown = anna.solve(&required).await;
    anna.sign_up("canary-late@example.org", shown).await.assert_status(201);
    anna.log_in(PASSWORD, known.clone()).await.assert_status(201);

    sums.process.signal("STOP");
    closed(&anna.sign_up("canary-later@example.org", json!({})).await);
    sums.process.signal("CONT");
    let asks = async || anna.sign_up("canary-later@example.org", json!({})).await.status == 403;
    eventually("captchas are required again", BOUND, asks).await;

    log.extend(sums.process.output());
    log.extend(auth.process.output());
    let device = anna.device_token.as_ref().and_then(Value::as_str).expect("a device").to_owned();
    let known = inside["known_device"].as_str().expect("a known device").to_owned();
    let files = ["auth-service.secret", "captcha-tv.secret"];
    let secrets = files.map(|file| std::fs::read_to_string(folder.path().join(file)).expect("a secret"));
    let canaries = ["canary", KEY, PASSWORD].map(str::to_owned);
    for secret in canaries.into_iter().chain(secrets).chain(anna.passes).chain([device, known]) {
        let lines: Vec<_> = log.iter().filter(|line| line.contains(secret.trim())).collect();
        assert!(lines.is_empty(), "{secret} was logged: {lines:#?}");
    }
}

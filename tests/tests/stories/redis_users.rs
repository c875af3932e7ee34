//! Redis of the deployment files: each service has its own user, with an ACL that permits all that it needs and no keys
//! of other services.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use service_kit::testing::eventually;
use tests::proxy::free_addresses;
use tests::services::Service;

const BOUND: Duration = Duration::from_secs(60);
/// Each service's Redis user, its name in the files, and a key of its own.
const SERVICES: [(&str, &str, &str); 3] = [
    ("auth-service", "auth", "rl1-auth:{0}:x"),
    ("movies-api", "movies", "rl1-movies:{0}:x"),
    ("captcha-service", "captcha", "cap1:{0}:x"),
];

/// A redis-server with the users of `deploy/secrets.sh`.
struct Redis {
    secrets: tempfile::TempDir,
    port: String,
    child: Child,
}

impl Redis {
    async fn start() -> Self {
        let secrets = tempfile::tempdir().expect("a folder");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/secrets.sh");
        let made = Command::new(script).arg(secrets.path()).stderr(Stdio::null()).status();
        assert!(made.expect("a shell").success(), "the secrets are made");
        let [address] = free_addresses();
        let port = address.rsplit(':').next().expect("a port").to_owned();
        let mut server = Command::new("redis-server");
        server.arg(secrets.path().join("redis-users.conf")).args(["--port", &port, "--bind", "127.0.0.1", "--dir"]);
        server.arg(secrets.path()).stdin(Stdio::null()).stdout(Stdio::null());
        let child = server.spawn().expect("`scripts/redis.sh install` installs it");
        let redis = Self { secrets, port, child };
        eventually("Redis is up", BOUND, async || redis.command_as("default", "redis-health", &["PING"]) == "PONG")
            .await;
        redis
    }

    fn secret(&self, file: &str) -> String {
        let text = std::fs::read_to_string(self.secrets.path().join(file)).expect("secrets.sh makes it");
        text.trim().to_owned()
    }

    fn path(&self, file: &str) -> String {
        self.secrets.path().join(file).display().to_string()
    }

    /// The URL of a service, with this machine's address.
    fn url(&self, short: &str) -> String {
        self.secret(&format!("{short}-redis-url")).replace("@redis:6379", &format!("@127.0.0.1:{}", self.port))
    }

    /// Response of Redis to a command of a user.
    fn command_as(&self, user: &str, password: &str, words: &[&str]) -> String {
        let mut client = Command::new("redis-cli");
        client.args(["-p", &self.port, "--no-auth-warning", "--user", user]).args(words);
        client.env("REDISCLI_AUTH", self.secret(&format!("{password}.password")));
        let output = client.output().expect("it comes with the server");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn has_key_of(&self, prefix: &str) -> bool {
        self.command_as("operator", "redis-operator", &["KEYS", &format!("{prefix}:*")]).contains(prefix)
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends requests, one of which exists in each service; all of them are limited.
async fn use_limits(service: &Service) {
    service.client.get("/api/v1/films/search?query=x").send().await;
    service.client.get("/api/v1/me").bearer("a.b.c").send().await;
    let challenge = serde_json::json!({"sitekey": "tv", "action": "log_in"});
    service.client.post("/api/v1/captcha/challenges").json(&challenge).send().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_service_works_as_its_own_user() {
    let redis = Redis::start().await;
    let data = tempfile::tempdir().expect("a folder");
    let data = |prefix: &str| {
        [("DATA_DIR", data.path().display().to_string()), ("LISTEN", "127.0.0.1:0".to_owned())]
            .map(|(name, value)| (format!("{prefix}_{name}"), value))
    };
    let start = |name: &str, prefix: &str, short: &str, more: &[(&str, String)]| {
        let mut variables = data(prefix).to_vec();
        variables.push((format!("{prefix}_REDIS_URL"), redis.url(short)));
        variables.extend(more.iter().map(|(name, value)| (format!("{prefix}_{name}"), value.clone())));
        let variables: Vec<_> = variables.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        Service::start(name, &variables)
    };
    let auth = start("auth-service", "AUTH", "auth", &[]);
    let movies = start("movies-api", "MOVIES", "movies", &[]);
    let files = [
        ("KEYS_FILE", redis.path("captcha.keys")),
        ("SITES_FILE", redis.path("captcha-sites")),
        ("SERVICE_CLIENTS_FILE", redis.path("captcha-clients")),
    ];
    let captcha = start("captcha-service", "CAPTCHA", "captcha", &files);
    for (service, prefix) in
        [(&auth, "rl1-auth"), (&movies, "rl1-movies"), (&captcha, "rl1-captcha"), (&captcha, "cap1")]
    {
        let counted = async || {
            use_limits(service).await;
            redis.has_key_of(prefix)
        };
        eventually(&format!("{prefix} is written"), BOUND, counted).await;
    }
    for service in [&auth, &movies, &captcha] {
        let well = async || {
            use_limits(service).await;
            let metrics = service.client.get("/metrics").send().await.text();
            metrics.contains("\nlimiter_degraded 0") && !metrics.contains("\ncaptcha_degraded 1")
        };
        eventually("Redis decides", BOUND, well).await;
        assert!(service.process.all_with("NOPERM").is_empty(), "{}", service.process.output().join("\n"));
    }
}

#[tokio::test]
async fn no_user_can_access_the_keys_of_others_or_administrate_the_server() {
    let redis = Redis::start().await;
    for (user, short, own) in SERVICES {
        let password = format!("{short}-redis");
        let command = |words: &[&str]| redis.command_as(user, &password, words);
        assert_eq!(
            (command(&["SET", own, "1", "PX", "60000"]), command(&["GET", own])),
            ("OK".into(), "1".into()),
            "{user}"
        );
        let script = "return redis.call('GET', KEYS[1])";
        for (_, _, others) in SERVICES.iter().filter(|(other, ..)| *other != user) {
            let refused: [&[&str]; 4] =
                [&["GET", others], &["SET", others, "1"], &["DEL", others], &["EVAL", script, "1", others]];
            for words in refused {
                assert!(command(words).contains("NOPERM"), "{user}: {words:?}: {}", command(words));
            }
            let hidden = format!("return redis.call('DEL', '{others}')");
            let hidden = command(&["EVAL", &hidden, "0"]);
            assert!(hidden.contains("can't access") || hidden.contains("No permissions"), "{user}: {hidden}");
        }
        for words in ["FLUSHALL", "KEYS *", "SCAN 0", "CONFIG GET *", "ACL LIST", "CLIENT LIST", "SCRIPT FLUSH"] {
            let words: Vec<_> = words.split(' ').collect();
            assert!(command(&words).contains("NOPERM"), "{user}: {words:?}: {}", command(&words));
        }
    }
    assert!(
        redis.command_as("default", "redis-health", &["GET", "x"]).contains("NOPERM"),
        "the default user may only PING"
    );
    let stranger = redis.command_as("movies-api", "auth-redis", &["PING"]);
    assert!(stranger.contains("NOAUTH") || stranger.contains("WRONGPASS"), "{stranger}");
}

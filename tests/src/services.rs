//! Services as processes on a data folder, like those that an operator starts by hand.

use std::path::Path;
use std::time::Duration;

use service_kit::testing::TestClient;

use crate::process::Process;

/// Maximum time until a service listens; generous, because test machines are busy.
const START_BOUND: Duration = Duration::from_secs(120);

/// One service and a client for it.
pub struct Service {
    /// The process.
    pub process: Process,
    /// Its client.
    pub client: TestClient,
    /// Its address, `127.0.0.1:port`.
    pub address: String,
}

impl Service {
    /// Starts auth-service on `listen` (port 0 takes a free one).
    pub fn auth(data: &Path, listen: &str) -> Self {
        let variables = [("AUTH_DATA_DIR", data.display().to_string()), ("AUTH_LISTEN", listen.to_owned())];
        Self::start("auth-service", &variables)
    }

    /// Starts movies-api on a free port, with auth-service at `auth` and without limits, because all requests of a
    /// story come from one address.
    pub fn movies(data: &Path, auth: &str) -> Self {
        let variables = [
            ("MOVIES_DATA_DIR", data.display().to_string()),
            ("MOVIES_LISTEN", "127.0.0.1:0".to_owned()),
            ("MOVIES_AUTH_URL", format!("http://{auth}")),
            ("MOVIES_LIMITS", "off".to_owned()),
        ];
        Self::start("movies-api", &variables)
    }

    /// Starts `name serve` with these variables and waits until it listens.
    pub fn start(name: &str, variables: &[(&str, String)]) -> Self {
        let mut process = Process::start(name, &["serve"], variables);
        let line = process.line_with("\"address\"", START_BOUND);
        let line: serde_json::Value = serde_json::from_str(&line).expect("logs are JSON");
        let address = line["address"].as_str().expect("an address").to_owned();
        let client = TestClient::new(format!("http://{address}"));
        Self { process, client, address }
    }

    /// Waits until it is ready.
    pub async fn ready(&self) {
        let ready = async || self.client.get("/readyz").send().await.status.is_success();
        service_kit::testing::eventually("the service is ready", START_BOUND, ready).await;
    }
}

/// Writes a policy file with these quotas into `folder` and returns its path.
///
/// # Panics
/// When the file cannot be written.
pub fn limits_file(folder: &Path, name: &str, quotas: &[(&str, &str)]) -> String {
    let path = folder.join(name);
    let lines = quotas.iter().map(|(policy, quota)| format!("policies.{policy}.quota = \"{quota}\"\n"));
    std::fs::write(&path, lines.collect::<String>()).expect("the folder can be written");
    path.display().to_string()
}

/// Signs in and returns the access token.
pub async fn sign_in(auth: &TestClient, email: &str, password: &str) -> String {
    let body = serde_json::json!({"email": email, "password": password});
    let reply = auth.post("/api/v1/sessions").json(&body).send().await.assert_status(201);
    reply["tokens"]["access_token"].as_str().expect("a token").to_owned()
}

//! nginx with the configuration of `deploy/nginx`, as a private process.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use limiter_lib::testing::free_port;
use service_kit::testing::{TestClient, eventually};

/// Maximum delay of nginx's log; generous, because test machines are busy.
const LOG_BOUND: Duration = Duration::from_secs(60);

/// A running nginx, stopped on drop.
pub struct Proxy {
    folder: tempfile::TempDir,
    /// A client of its public address.
    pub client: TestClient,
    /// Its internal address for services, `127.0.0.1:port`.
    pub inside: String,
}

impl Proxy {
    /// Starts one with these variables of `scripts/nginx.sh`, listening on free ports.
    ///
    /// # Panics
    /// When it does not start; `scripts/nginx.sh install` installs it.
    pub fn start(variables: &[(&str, String)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let [front, inside] = free_addresses();
        let mut command = script(&["start", &folder.path().display().to_string()]);
        command.env("NGINX_LISTEN", front).env("NGINX_INSIDE_LISTEN", &inside);
        let output = command.envs(variables.iter().map(|(name, value)| (name, value))).output().expect("a shell");
        assert!(output.status.success(), "nginx does not start: {}", String::from_utf8_lossy(&output.stderr));
        let url = String::from_utf8(output.stdout).expect("an address");
        Self { folder, client: TestClient::new(url.trim()), inside }
    }

    /// Id of its master process, which stays the same until a restart.
    ///
    /// # Panics
    /// When it has ended.
    pub fn id(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("nginx.pid")).expect("it runs")
    }

    /// Its access log, a JSON object per line, once it has at least `requests` lines: nginx writes a line after the
    /// response.
    ///
    /// # Panics
    /// When the lines are not written in time.
    pub async fn access_log(&self, requests: usize) -> Vec<serde_json::Value> {
        let logged = || -> Vec<serde_json::Value> {
            let text = std::fs::read_to_string(self.folder.path().join("access.log")).unwrap_or_default();
            text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
        };
        eventually("nginx has logged the requests", LOG_BOUND, async || logged().len() >= requests).await;
        logged()
    }

    /// Its error log so far; errors of a request are written before its line in the access log.
    pub fn error_log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("error.log")).unwrap_or_default()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = script(&["stop", &self.folder.path().display().to_string()]).status();
    }
}

/// `scripts/nginx.sh` with no settings but the caller's.
#[expect(clippy::disallowed_methods, reason = "settings of this process are kept from the child")]
fn script(arguments: &[&str]) -> Command {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/nginx.sh");
    let mut command = Command::new(path);
    for (variable, _) in std::env::vars_os() {
        let name = variable.to_string_lossy();
        if name.starts_with("NGINX_") || name.ends_with("_SERVERS") {
            command.env_remove(&variable);
        }
    }
    command.args(arguments).stdin(Stdio::null());
    command
}

/// Different unused addresses on loopback.
///
/// # Panics
/// When there are no free ports.
pub fn free_addresses<const COUNT: usize>() -> [String; COUNT] {
    [(); COUNT].map(|()| format!("127.0.0.1:{}", free_port()))
}

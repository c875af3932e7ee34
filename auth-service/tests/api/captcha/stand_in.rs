//! A stand-in of captcha-service with scripted decisions: HTTP on a real port, so that failures are real ones. What it is
//! asked and what it answers is held to the published files.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use auth_service::config::{CaptchaConfig, Config};
use contracts::codes;
use serde_json::{Value, json};
use service_kit::server::{RunningServer, ServerSettings, start};
use service_kit::{ApiError, Readiness};

use super::published;

/// Secrets that the stand-in accepts.
pub const SITE_SECRET: &str = "canary-site-secret";
pub const CLIENT_SECRET: &str = "canary-client-secret";
/// Device token of every pass.
pub const DEVICE: &str = "canary-device-token";

#[derive(Default)]
struct Shared {
    decision: &'static str,
    hangs: bool,
    rejects_client: bool,
    siteverify_fails: bool,
    degraded: bool,
    /// Valid passes and their actions.
    passes: HashMap<String, &'static str>,
    seen: Vec<(String, Value)>,
    /// Fields that replace those of the answers, by path.
    answers: HashMap<&'static str, Value>,
    breaches: Vec<String>,
}

/// Handle of the running stand-in.
pub struct StandIn {
    pub address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
    running: Option<RunningServer>,
}

impl StandIn {
    /// Starts one that assesses every request as `decision`.
    pub fn start(decision: &'static str) -> Self {
        let shared = Arc::new(Mutex::new(Shared { decision, ..Shared::default() }));
        let running = serve(SocketAddr::from(([127, 0, 0, 1], 0)), &shared);
        Self { address: running.address(), shared, running: Some(running) }
    }

    /// Settings that point to it.
    pub fn settings(&self) -> impl FnOnce(&mut Config) + use<> {
        self.settings_with_timeout(Duration::from_secs(5))
    }

    /// Settings that point to it with this timeout.
    pub fn settings_with_timeout(&self, timeout: Duration) -> impl FnOnce(&mut Config) + use<> {
        let url = format!("http://{}", self.address).parse().unwrap();
        move |config| {
            let mut captcha = CaptchaConfig::at(url);
            captcha.site_secret = Some(SITE_SECRET.to_owned().into());
            captcha.client_secret = Some(CLIENT_SECRET.to_owned().into());
            captcha.timeout = timeout;
            config.captcha = Some(captcha);
        }
    }

    /// Sets the decision and returns the previous one.
    pub fn decides(&self, decision: &'static str) -> &'static str {
        std::mem::replace(&mut self.lock().decision, decision)
    }

    /// Makes it hang, or answer again.
    pub fn hangs(&self, hangs: bool) {
        self.lock().hangs = hangs;
    }

    /// Makes it reject the credentials of auth-service.
    pub fn rejects_client(&self) {
        self.lock().rejects_client = true;
    }

    /// Makes `siteverify` fail with `internal-error`.
    pub fn siteverify_fails(&self) {
        self.lock().siteverify_fails = true;
    }

    /// Makes it report that its shared store is unavailable.
    pub fn degraded(&self) {
        self.lock().degraded = true;
    }

    /// Answers exactly this at `path` from now on.
    pub fn answers(&self, path: &'static str, answer: Value) {
        self.lock().answers.insert(path, answer);
    }

    /// Adds a pass for `action`.
    pub fn pass(&self, name: &str, action: &'static str) {
        self.lock().passes.insert(name.to_owned(), action);
    }

    /// Stops it.
    pub async fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop().await.unwrap();
        }
    }

    /// Restarts it on the same port.
    pub fn restart(&mut self) {
        self.running = Some(serve(self.address, &self.shared));
    }

    /// Bodies received at `path`, without those of probes.
    pub fn requests_to(&self, path: &str) -> Vec<Value> {
        self.lock().seen.iter().filter(|(known, _)| known == path).map(|(_, body)| body.clone()).collect()
    }

    pub fn assessed(&self) -> Vec<Value> {
        self.requests_to("/api/v1/captcha/assess")
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        let shared = self.lock();
        let breaches = &shared.breaches;
        assert!(breaches.is_empty() || std::thread::panicking(), "not as published: {breaches:?}");
    }
}

fn serve(listen: SocketAddr, shared: &Arc<Mutex<Shared>>) -> RunningServer {
    let mut settings = ServerSettings::new(listen);
    settings.workers = 1;
    settings.drain_timeout = Duration::ZERO;
    let data = web::Data::from(Arc::clone(shared));
    let readiness = Readiness::builder("captcha-stand-in", "0").build();
    start(&settings, readiness, move |app| {
        app.app_data(data.clone()).default_service(web::to(answer));
    })
    .unwrap()
}

async fn answer(
    request: HttpRequest,
    body: web::Bytes,
    shared: web::Data<Mutex<Shared>>,
) -> Result<HttpResponse, ApiError> {
    let body: Value = serde_json::from_slice(&body).unwrap();
    let media_type = request.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (hangs, reply) = {
        let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
        if body.get("response").is_some() || request.path() != "/siteverify" {
            shared.seen.push((request.path().to_owned(), body.clone()));
        }
        let reply = reply(&request, &body, &mut shared);
        let answer = reply.as_ref().map_or(Value::Null, Value::clone);
        let breaches = published::breaches(request.method().as_str(), request.path(), media_type, &body, &answer);
        shared.breaches.extend(breaches);
        (shared.hangs, reply)
    };
    if hangs {
        std::future::pending::<()>().await;
    }
    match reply? {
        Value::Null => Ok(HttpResponse::NoContent().finish()),
        answer => Ok(HttpResponse::Ok().json(answer)),
    }
}

/// The answer; `null` is none.
fn reply(request: &HttpRequest, body: &Value, shared: &mut Shared) -> Result<Value, ApiError> {
    if let Some(answer) = shared.answers.get(request.path()) {
        return Ok(answer.clone());
    }
    match request.path() {
        "/siteverify" => {
            let (token, action) = (body["response"].as_str().unwrap_or_default(), &body["expect_action"]);
            let error = if body["secret"] != SITE_SECRET {
                Some("invalid-input-secret")
            } else if shared.siteverify_fails {
                Some("internal-error")
            } else if body["expect_device"] != DEVICE {
                Some("device-mismatch")
            } else {
                match shared.passes.get(token) {
                    Some(known) if action == known => None,
                    Some(_) => Some("action-mismatch"),
                    None => Some("timeout-or-duplicate"),
                }
            };
            shared.passes.remove(token);
            Ok(json!({
                "success": error.is_none(), "error-codes": Vec::from_iter(error), "token_id": format!("id of {token}"),
                "degraded": shared.degraded
            }))
        }
        "/api/v1/captcha/assess" if shared.rejects_client => Err(ApiError::new(codes::CLIENT_REJECTED)),
        "/api/v1/captcha/assess" => Ok(json!({
            "decision": shared.decision, "level": 2, "risk": 60, "reasons": [], "assess_id": "canary-assess-id",
            "expires_in": 30, "degraded": shared.degraded
        })),
        _ => Ok(Value::Null),
    }
}

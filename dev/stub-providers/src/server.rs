//! The HTTP server, with injected faults.

use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix_web::body::SizedStream;
use actix_web::dev::ServerHandle;
use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use futures_util::stream;
use serde_json::json;

use crate::faults::Fault;
use crate::kind::{Endpoint, Kind};
use crate::page;
use crate::request::{Call, Reply};
use crate::state::State;
use crate::{mail_ru, oidc, vk, yandex};

/// Size of a flood in bytes.
const FLOOD: u64 = 100 * 1024 * 1024;
const CHUNK: u64 = 64 * 1024;

pub(crate) struct Shared {
    state: Mutex<State>,
    /// Bytes of floods and slow bodies written to connections.
    pub streamed_bytes: AtomicU64,
    /// Floods and slow bodies cut off by the client.
    pub cut_off: AtomicU64,
}

impl Shared {
    pub fn new(state: State) -> Arc<Self> {
        Arc::new(Self { state: Mutex::new(state), streamed_bytes: AtomicU64::new(0), cut_off: AtomicU64::new(0) })
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Serves on its own thread and runtime, so that it needs none of the test.
pub(crate) fn serve(shared: &Arc<Shared>, listener: TcpListener) -> std::io::Result<ServerHandle> {
    let data = web::Data::from(Arc::clone(shared));
    let (handles, handle) = std::sync::mpsc::channel();
    std::thread::Builder::new().name("stub-provider".into()).spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let server = HttpServer::new(move || App::new().app_data(data.clone()).default_service(web::to(answer)))
                .workers(1)
                .shutdown_timeout(0)
                .disable_signals()
                .listen(listener);
            let server = match server {
                Ok(server) => server.run(),
                Err(error) => {
                    let _ = handles.send(Err(error));
                    return;
                }
            };
            let _ = handles.send(Ok(server.handle()));
            let _ = server.await;
        });
    })?;
    handle.recv().map_err(std::io::Error::other)?
}

/// A listener on loopback.
pub(crate) fn listen(port: u16) -> std::io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(("127.0.0.1", port))?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

async fn answer(shared: web::Data<Shared>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let kind = shared.state().kind;
    let Some(endpoint) = kind.endpoint(request.path()) else {
        return HttpResponse::NotFound().json(json!({ "error": "not_found" }));
    };
    let call = Call::read(endpoint, &request, &body);
    let (reply, fault) = {
        let mut state = shared.state();
        state.calls.push(call.clone());
        let fault = state.faults.get(&endpoint).copied();
        (if fault.is_none() { Some(reply(&mut state, &call)) } else { None }, fault)
    };
    match (reply, fault) {
        (Some(reply), _) => plain(kind, reply),
        (None, Some(fault)) => faulty(&shared, fault).await,
        (None, None) => HttpResponse::InternalServerError().finish(),
    }
}

fn reply(state: &mut State, call: &Call) -> Reply {
    if call.endpoint == Endpoint::Authorize {
        return page::authorize(state, &call.query);
    }
    let mut reply = match state.kind {
        Kind::Yandex => yandex::answer(state, call),
        Kind::Vk => vk::answer(state, call),
        Kind::MailRu => mail_ru::answer(state, call),
        Kind::Google | Kind::Oidc => oidc::answer(state, call),
    };
    if let Reply::Json(200, value) = &mut reply {
        for (_, change) in state.changes.iter().filter(|(endpoint, _)| *endpoint == call.endpoint) {
            change(value);
        }
    }
    reply
}

fn plain(kind: Kind, reply: Reply) -> HttpResponse {
    match reply {
        Reply::Json(status, value) => {
            // Mail.ru sends JSON as text/html.
            let name =
                if kind == Kind::MailRu { "text/html; charset=utf-8" } else { "application/json; charset=utf-8" };
            HttpResponse::build(code(status)).content_type(name).body(value.to_string())
        }
        Reply::Jwt(token) => HttpResponse::Ok().content_type("application/jwt").body(token),
        Reply::Page(status, html) => {
            HttpResponse::build(code(status)).content_type("text/html; charset=utf-8").body(html)
        }
        Reply::Redirect(to) => HttpResponse::Found().insert_header(("location", to)).finish(),
    }
}

async fn faulty(shared: &Arc<Shared>, fault: Fault) -> HttpResponse {
    match fault {
        Fault::Status(status) => HttpResponse::build(code(status)).json(json!({ "what": "injected by the test" })),
        Fault::ErrorIn200(error) => HttpResponse::Ok().json(json!({ "error": error })),
        Fault::Error(error) => HttpResponse::BadRequest().json(json!({ "error": error })),
        Fault::Refusal(status) => {
            HttpResponse::build(code(status)).content_type("text/html").body("<html>This is not allowed</html>")
        }
        Fault::Hang => std::future::pending().await,
        Fault::Slow => HttpResponse::Ok().streaming(pour(Pouring::new(shared, 1, Duration::from_secs(1)))),
        Fault::Huge => HttpResponse::Ok().streaming(pour(Pouring::new(shared, CHUNK, Duration::ZERO))),
        Fault::HugeAnnounced => {
            let body = pour(Pouring::new(shared, CHUNK, Duration::ZERO));
            HttpResponse::Ok().body(SizedStream::new(FLOOD, Box::pin(body)))
        }
        Fault::Redirect => HttpResponse::MovedPermanently()
            .insert_header(("location", "http://169.254.169.254/latest/meta-data/"))
            .finish(),
        Fault::NotJson => HttpResponse::Ok().content_type("text/html").body("<html>We will be back soon</html>"),
        Fault::EmptyObject => HttpResponse::Ok().json(json!({})),
        Fault::Encrypted => HttpResponse::Ok().content_type("application/jwt").body("eyJhbGciOiJSU0EtT0FFUCJ9.a.b.c.d"),
    }
}

fn code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// A streamed body; dropped before its end it counts as cut off.
struct Pouring {
    shared: Arc<Shared>,
    chunk: u64,
    pause: Duration,
    left: u64,
}

impl Pouring {
    fn new(shared: &Arc<Shared>, chunk: u64, pause: Duration) -> Self {
        Self { shared: Arc::clone(shared), chunk, pause, left: FLOOD }
    }
}

impl Drop for Pouring {
    fn drop(&mut self) {
        if self.left > 0 {
            self.shared.cut_off.fetch_add(1, Ordering::SeqCst);
        }
    }
}

fn pour(pouring: Pouring) -> impl futures_util::Stream<Item = Result<Bytes, std::io::Error>> {
    stream::unfold(pouring, |mut pouring| async move {
        if pouring.left == 0 {
            return None;
        }
        if !pouring.pause.is_zero() {
            tokio::time::sleep(pouring.pause).await;
        }
        let size = pouring.chunk.min(pouring.left);
        pouring.left -= size;
        pouring.shared.streamed_bytes.fetch_add(size, Ordering::SeqCst);
        Some((Ok(Bytes::from(vec![b' '; usize::try_from(size).unwrap_or(1)])), pouring))
    })
}

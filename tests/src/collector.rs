//! A trace collector: receives spans by OTLP over HTTP and keeps them for assertions.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::rt::System;
use actix_web::{App, HttpResponse, HttpServer, web};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;

/// Attributes of a span or a resource.
pub type Attributes = BTreeMap<String, serde_json::Value>;

/// One received span; ids in hex.
#[derive(Debug, Clone)]
pub struct Received {
    /// Attributes of its resource: service, version, instance.
    pub resource: Attributes,
    /// Its name.
    pub name: String,
    /// `server`, `client` or `internal`.
    pub kind: &'static str,
    /// Its trace.
    pub trace: String,
    /// Its own id.
    pub id: String,
    /// Id of its parent span, empty for the root.
    pub parent: String,
    /// Trace ids of its links.
    pub links: Vec<String>,
    /// Attributes.
    pub attributes: Attributes,
    /// Names of its events.
    pub events: Vec<String>,
    /// `true` when its status is an error.
    pub failed: bool,
    /// Start and end in nanoseconds since 1970.
    pub time: (u64, u64),
}

impl Received {
    /// Service that recorded it.
    pub fn service(&self) -> &str {
        self.resource.get("service.name").and_then(serde_json::Value::as_str).unwrap_or_default()
    }
}

#[derive(Default)]
struct Kept {
    spans: Vec<Received>,
    /// Every received byte, for tests that search for secrets.
    bytes: Vec<u8>,
    count: u64,
    keep: bool,
    delay: Duration,
}

/// A collector that listens until it is dropped.
pub struct Collector {
    url: String,
    kept: Arc<Mutex<Kept>>,
    server: ServerHandle,
}

impl Collector {
    /// Starts one on a free port that keeps all spans.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn start() -> Self {
        let kept = Arc::new(Mutex::new(Kept { keep: true, ..Kept::default() }));
        let (sender, receiver) = std::sync::mpsc::channel();
        let shared = Arc::clone(&kept);
        std::thread::spawn(move || {
            System::new().block_on(async move {
                let (server, address) = server(shared).expect("a free port");
                sender.send((server.handle(), address)).expect("`start` waits for the address");
                server.await.expect("the collector serves");
            });
        });
        let (server, address) = receiver.recv().expect("the collector listens");
        Self { url: format!("http://{address}"), kept, server }
    }

    /// Its base URL, for `OTEL_EXPORTER_OTLP_ENDPOINT`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Spans of one trace received so far.
    pub fn trace(&self, id: &str) -> Vec<Received> {
        lock(&self.kept).spans.iter().filter(|span| span.trace == id).cloned().collect()
    }

    /// All spans received so far.
    pub fn spans(&self) -> Vec<Received> {
        lock(&self.kept).spans.clone()
    }

    /// `true` when `text` is anywhere in the received bytes.
    pub fn has_seen(&self, text: &str) -> bool {
        // As text, because `str` search is fast also in unoptimised tests; bytes that are no UTF-8 do not matter.
        String::from_utf8_lossy(&lock(&self.kept).bytes).contains(text)
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        drop(self.server.stop(false)); // the command is sent at once; its end is not awaited
    }
}

/// Runs one until the process ends, which answers after `delay` and only counts; `announce` gets its address.
/// `GET /count` returns the number.
///
/// # Errors
/// When it cannot listen.
pub fn serve(delay: Duration, announce: impl FnOnce(&str)) -> std::io::Result<()> {
    System::new().block_on(async {
        let (server, address) = server(Arc::new(Mutex::new(Kept { delay, ..Kept::default() })))?;
        announce(&address);
        server.await
    })
}

fn server(kept: Arc<Mutex<Kept>>) -> std::io::Result<(actix_web::dev::Server, String)> {
    let kept = web::Data::from(kept);
    let app = move || {
        App::new()
            .app_data(kept.clone())
            .app_data(web::PayloadConfig::new(16 * 1024 * 1024))
            .route("/v1/traces", web::post().to(take))
            .route("/count", web::get().to(async |kept: web::Data<Mutex<Kept>>| lock(&kept).count.to_string()))
    };
    let server = HttpServer::new(app).workers(1).disable_signals().bind("127.0.0.1:0")?;
    let address = server.addrs().first().map(ToString::to_string).unwrap_or_default();
    Ok((server.run(), address))
}

async fn take(kept: web::Data<Mutex<Kept>>, body: web::Bytes) -> HttpResponse {
    let Ok(request) = ExportTraceServiceRequest::decode(body.clone()) else {
        return HttpResponse::BadRequest().finish();
    };
    let delay = {
        let mut kept = lock(&kept);
        let spans: Vec<_> = request.resource_spans.into_iter().flat_map(spans_of).collect();
        kept.count += spans.len() as u64;
        if kept.keep {
            kept.spans.extend(spans);
            kept.bytes.extend_from_slice(&body);
        }
        kept.delay
    };
    actix_web::rt::time::sleep(delay).await;
    HttpResponse::Ok().content_type("application/x-protobuf").finish()
}

fn spans_of(from: opentelemetry_proto::tonic::trace::v1::ResourceSpans) -> impl Iterator<Item = Received> {
    let resource = from.resource.map(|resource| attributes(resource.attributes)).unwrap_or_default();
    from.scope_spans.into_iter().flat_map(|scope| scope.spans).map(move |span| received(span, resource.clone()))
}

fn received(span: Span, resource: Attributes) -> Received {
    let kind = match span.kind {
        2 => "server",
        3 => "client",
        _ => "internal",
    };
    Received {
        resource,
        kind,
        failed: span.status.is_some_and(|status| status.code == 2),
        trace: hex(&span.trace_id),
        id: hex(&span.span_id),
        parent: hex(&span.parent_span_id),
        links: span.links.iter().map(|link| hex(&link.trace_id)).collect(),
        events: span.events.iter().map(|event| event.name.clone()).collect(),
        time: (span.start_time_unix_nano, span.end_time_unix_nano),
        name: span.name,
        attributes: attributes(span.attributes),
    }
}

fn attributes(list: Vec<KeyValue>) -> Attributes {
    list.into_iter().map(|one| (one.key, json(one.value))).collect()
}

/// Numbers stay numbers, because tests check types.
fn json(value: Option<AnyValue>) -> serde_json::Value {
    match value.and_then(|value| value.value) {
        Some(Value::StringValue(text)) => text.into(),
        Some(Value::BoolValue(flag)) => flag.into(),
        Some(Value::IntValue(number)) => number.into(),
        Some(Value::DoubleValue(number)) => number.into(),
        other => format!("{other:?}").into(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn lock(kept: &Mutex<Kept>) -> MutexGuard<'_, Kept> {
    kept.lock().expect("no thread panics with this lock")
}

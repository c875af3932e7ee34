//! `#[trace]` puts a span around any function, records only named arguments, and marks errors.

use std::sync::{Arc, Mutex};

use opentelemetry::trace::{Status, TracerProvider};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};
use service_kit::trace;
use tracing_subscriber::layer::SubscriberExt;

#[derive(Debug)]
struct Wrong;

impl std::fmt::Display for Wrong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("went wrong")
    }
}

#[trace]
fn plain(password: &str, fail: bool) -> Result<usize, Wrong> {
    if fail { Err(Wrong) } else { Ok(password.len()) }
}

#[trace(fields(film.id = id as i64), name = "named")]
async fn waiting(password: &str, id: u64) -> Result<usize, Wrong> {
    tokio::task::yield_now().await;
    plain(password, false)
}

#[trace]
fn without_result(password: &str) -> usize {
    password.len()
}

trait Shelf {
    #[trace(name = "shelf_default")]
    async fn fetch(&self, password: &str) -> Result<usize, Wrong> {
        plain(password, true)
    }

    async fn put(&self, password: &str) -> std::result::Result<usize, Wrong>;
}

struct Wooden;

impl Shelf for Wooden {
    #[trace(name = "shelf_put")]
    async fn put(&self, password: &str) -> std::result::Result<usize, Wrong> {
        self.fetch(password).await
    }
}

#[derive(Debug, Clone, Default)]
struct RecordingExporter(Arc<Mutex<Vec<SpanData>>>);

impl SpanExporter for RecordingExporter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.lock().expect("no panic").extend(batch);
        Ok(())
    }
}

/// Spans recorded during `run`.
async fn spans(run: impl Future<Output = ()>) -> Vec<SpanData> {
    let exporter = RecordingExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    let guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(layer));
    run.await;
    drop(guard);
    let spans = exporter.0.lock().expect("no panic").clone();
    assert!(!format!("{spans:?}").contains("hunter2"), "{spans:?}");
    spans
}

fn span_named<'a>(spans: &'a [SpanData], name: &str) -> &'a SpanData {
    spans.iter().find(|span| span.name == name).unwrap_or_else(|| panic!("no span {name} in {spans:#?}"))
}

#[tokio::test]
async fn functions_are_nested_spans_with_named_arguments_only() {
    let spans = spans(async {
        let _ = waiting("hunter2", 42).await;
        without_result("hunter2");
    });
    let spans = spans.await;
    let (outer, inner) = (span_named(&spans, "named"), span_named(&spans, "plain"));
    assert_eq!(inner.parent_span_id, outer.span_context.span_id());
    let film = outer.attributes.iter().find(|one| one.key.as_str() == "film.id").expect("the named argument");
    assert_eq!(film.value, opentelemetry::Value::I64(42));
    for span in [outer, inner, span_named(&spans, "without_result")] {
        assert_eq!(span.status, Status::Unset);
        assert!(!span.attributes.iter().any(|one| one.key.as_str() == "password"), "{span:#?}");
    }
}

#[trace]
async fn absent() -> Result<usize, service_kit::ApiError> {
    let nothing: Option<usize> = None;
    nothing.ok_or_else(|| service_kit::ApiError::new(contracts::codes::FILM_NOT_FOUND))
}

#[trace]
fn unavailable() -> Result<usize, service_kit::ApiError> {
    Err(service_kit::ApiError::new(contracts::codes::UNAVAILABLE))?;
    Ok(1)
}

#[trace(name = "mine")]
async fn mine<T>(value: &T) -> Result<T, Missing>
where
    T: Clone,
{
    Err(Missing).or_else(|error| if size_of_val(value) > 0 { Err(error) } else { Ok(value.clone()) })
}

#[derive(Debug)]
struct Missing;

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("missing")
    }
}

impl service_kit::telemetry::outcome::ClassifyError for Missing {
    fn is_failure(&self) -> bool {
        false
    }
}

#[tokio::test]
async fn client_errors_do_not_mark_a_span_and_failures_do() {
    let spans = spans(async {
        let _ = absent().await;
        let _ = mine(&7).await;
        let _ = unavailable();
    });
    let spans = spans.await;
    for name in ["absent", "mine"] {
        let span = span_named(&spans, name);
        assert_eq!((&span.status, span.events.len()), (&Status::Unset, 0), "{span:#?}");
    }
    assert!(matches!(span_named(&spans, "unavailable").status, Status::Error { .. }), "{spans:#?}");
}

#[tokio::test]
async fn an_error_marks_every_span_that_it_leaves_in_traits_too() {
    let spans = spans(async {
        let _ = Wooden.put("hunter2").await;
    });
    let spans = spans.await;
    for name in ["plain", "shelf_default", "shelf_put"] {
        let span = span_named(&spans, name);
        assert!(matches!(span.status, Status::Error { .. }), "{span:#?}");
        let is_recorded = span.events.iter().any(|event| format!("{event:?}").contains("went wrong"));
        assert!(is_recorded, "{span:#?}");
    }
}

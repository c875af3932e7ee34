//! `#[trace]` puts a span around any function, records no argument that is not named, and marks errors.

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
struct Kept(Arc<Mutex<Vec<SpanData>>>);

impl SpanExporter for Kept {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.lock().expect("no panic").extend(batch);
        Ok(())
    }
}

/// The spans of what runs inside.
async fn spans(run: impl Future<Output = ()>) -> Vec<SpanData> {
    let kept = Kept::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(kept.clone()).build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    let guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(layer));
    run.await;
    drop(guard);
    let spans = kept.0.lock().expect("no panic").clone();
    assert!(!format!("{spans:?}").contains("hunter2"), "{spans:?}");
    spans
}

fn named<'a>(spans: &'a [SpanData], name: &str) -> &'a SpanData {
    spans.iter().find(|span| span.name == name).unwrap_or_else(|| panic!("no span {name} in {spans:#?}"))
}

#[tokio::test]
async fn functions_show_as_nested_spans_with_named_arguments_only() {
    let spans = spans(async {
        let _ = waiting("hunter2", 42).await;
        without_result("hunter2");
    });
    let spans = spans.await;
    let (outer, inner) = (named(&spans, "named"), named(&spans, "plain"));
    assert_eq!(inner.parent_span_id, outer.span_context.span_id());
    let film = outer.attributes.iter().find(|one| one.key.as_str() == "film.id").expect("the named argument");
    assert_eq!(film.value, opentelemetry::Value::I64(42));
    for span in [outer, inner, named(&spans, "without_result")] {
        assert_eq!(span.status, Status::Unset);
        assert!(!span.attributes.iter().any(|one| one.key.as_str() == "password"), "{span:#?}");
    }
}

#[tokio::test]
async fn an_error_marks_every_span_that_it_leaves_in_traits_too() {
    let spans = spans(async {
        let _ = Wooden.put("hunter2").await;
    });
    let spans = spans.await;
    for name in ["plain", "shelf_default", "shelf_put"] {
        let span = named(&spans, name);
        assert!(matches!(span.status, Status::Error { .. }), "{span:#?}");
        let told = span.events.iter().any(|event| format!("{event:?}").contains("went wrong"));
        assert!(told, "{span:#?}");
    }
}

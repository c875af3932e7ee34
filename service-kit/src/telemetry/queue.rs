//! What stands before the library's batch processor: it gives each span the id of its request, and lets no more spans
//! in than may wait, so that it is known how many were dropped.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::trace::Span as _;
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{BatchSpanProcessor, Span, SpanData, SpanExporter, SpanProcessor};

use super::server::Served;
use super::tally::Tally;

/// Hands spans on to the batch processor.
#[derive(Debug)]
pub(super) struct Gate {
    pub tally: Arc<Tally>,
    pub inner: BatchSpanProcessor,
}

impl SpanProcessor for Gate {
    fn on_start(&self, span: &mut Span, cx: &Context) {
        if let Some(served) = cx.get::<Served>() {
            span.set_attribute(KeyValue::new("request.id", served.request_id.shared()));
        }
    }

    fn on_end(&self, span: SpanData) {
        if span.span_context.is_sampled() && self.tally.ended() {
            self.inner.on_end(span);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

/// An exporter whose successes and failures are counted.
#[derive(Debug)]
pub(super) struct Counted<E> {
    pub tally: Arc<Tally>,
    pub inner: E,
}

impl<E: SpanExporter> SpanExporter for Counted<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        let outcome = self.inner.export(batch).await;
        let failure = outcome.as_ref().err().map(|error| error.to_string().chars().take(200).collect::<String>());
        self.tally.exported(spans, failure.as_deref());
        outcome
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

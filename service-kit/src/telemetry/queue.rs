//! What stands before the library's batch processor: it gives each span the id of its request, sends it out under the name
//! of its service, and lets no more spans in than may wait, so that it is known how many were dropped.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use opentelemetry::trace::Span as _;
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{BatchSpanProcessor, Span, SpanData, SpanExporter, SpanProcessor};

use super::server::{DISCARDED, RequestAttributes};
use super::span_counters::SpanCounters;

/// Names the service of a span from its start to its end in this process; taken off before the span leaves.
const SERVICE: &str = "marquee.service";

/// Hands spans on to a batch processor.
#[derive(Debug)]
pub(super) struct BoundedSpanProcessor {
    pub tally: Arc<SpanCounters>,
    /// For what belongs to no request, and for all of a process that is one service.
    pub inner: BatchSpanProcessor,
    /// One for each service of a process that is several, with its name.
    pub services: Vec<(&'static str, BatchSpanProcessor)>,
}

impl BoundedSpanProcessor {
    fn processor_of(&self, span: &mut SpanData) -> &BatchSpanProcessor {
        let mark = span.attributes.iter().position(|attribute| attribute.key.as_str() == SERVICE);
        let Some(mark) = mark.filter(|_| !self.services.is_empty()) else { return &self.inner };
        let named = span.attributes.swap_remove(mark).value;
        let service = self.services.iter().find(|(name, _)| *name == named.as_str());
        service.map_or(&self.inner, |(_, processor)| processor)
    }

    fn all(&self) -> impl Iterator<Item = &BatchSpanProcessor> {
        std::iter::once(&self.inner).chain(self.services.iter().map(|(_, processor)| processor))
    }
}

impl SpanProcessor for BoundedSpanProcessor {
    fn on_start(&self, span: &mut Span, cx: &Context) {
        if let Some(served) = cx.get::<RequestAttributes>() {
            span.set_attribute(KeyValue::new("request.id", served.request_id.shared()));
            if !self.services.is_empty() {
                span.set_attribute(KeyValue::new(SERVICE, served.service));
            }
        }
    }

    fn on_end(&self, mut span: SpanData) {
        let discarded = span.attributes.iter().any(|attribute| attribute.key.as_str() == DISCARDED);
        if span.span_context.is_sampled() && !discarded && self.tally.ended() {
            self.processor_of(&mut span).on_end(span);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.all().map(BatchSpanProcessor::force_flush).fold(Ok(()), Result::and)
    }

    /// Side by side: a collector that hangs takes the time of one, not of all.
    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        thread::scope(|scope| {
            let ends: Vec<_> = self.all().map(|one| scope.spawn(move || one.shutdown_with_timeout(timeout))).collect();
            ends.into_iter().filter_map(|end| end.join().ok()).fold(Ok(()), Result::and)
        })
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
        for (name, processor) in &mut self.services {
            processor.set_resource(&super::resource::of_service(resource, name));
        }
    }
}

/// An exporter whose successes and failures are counted.
#[derive(Debug)]
pub(super) struct CountingExporter<E> {
    pub tally: Arc<SpanCounters>,
    pub inner: E,
}

impl<E: SpanExporter> SpanExporter for CountingExporter<E> {
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

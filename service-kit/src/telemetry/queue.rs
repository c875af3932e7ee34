//! Wrapper of the library's batch processor: adds the request id to each span, exports it under the name of its
//! service, and bounds the number of waiting spans, so that dropped ones are counted.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use opentelemetry::trace::Span as _;
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{BatchSpanProcessor, Span, SpanData, SpanExporter, SpanProcessor};

use super::request_span::{DISCARDED, RequestAttributes};
use super::span_counters::SpanCounters;

/// Attribute with the service of a span, from its start to its end; removed before export.
const SERVICE: &str = "marquee.service";

/// Passes spans on to batch processors.
#[derive(Debug)]
pub(super) struct BoundedSpanProcessor {
    pub counters: Arc<SpanCounters>,
    /// For spans outside of requests, and for all of a process with one service.
    pub inner: BatchSpanProcessor,
    /// One per service, by name, in a process with several services.
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
        if let Some(request) = cx.get::<RequestAttributes>() {
            span.set_attribute(KeyValue::new("request.id", request.request_id.shared()));
            if !self.services.is_empty() {
                span.set_attribute(KeyValue::new(SERVICE, request.service));
            }
        }
    }

    fn on_end(&self, mut span: SpanData) {
        let discarded = span.attributes.iter().any(|attribute| attribute.key.as_str() == DISCARDED);
        if span.span_context.is_sampled() && !discarded && self.counters.ended() {
            self.processor_of(&mut span).on_end(span);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.all().map(BatchSpanProcessor::force_flush).fold(Ok(()), Result::and)
    }

    /// Shuts down in parallel, so that a hanging collector costs one timeout, not one per processor.
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

/// An exporter that counts successes and failures.
#[derive(Debug)]
pub(super) struct CountingExporter<E> {
    pub counters: Arc<SpanCounters>,
    pub inner: E,
}

impl<E: SpanExporter> SpanExporter for CountingExporter<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        let outcome = self.inner.export(batch).await;
        let failure = outcome.as_ref().err().map(|error| error.to_string().chars().take(200).collect::<String>());
        self.counters.exported(spans, failure.as_deref());
        outcome
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

//! Starting and ending what a process tells of itself: logs, metrics and traces.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::InstrumentationScope;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{ExporterBuildError, Protocol, RetryPolicy, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider};
use tracing::{Level, Metadata};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry};

use super::queue::{BoundedSpanProcessor, CountingExporter};
use super::server::PROBE;
use super::settings::{Export, TelemetryConfig, TelemetrySettings, Warnings};
use super::span_counters::SpanCounters;
use super::{Counts, TRACER, resource, unsupported};
use crate::logs::{self, Logs};
use crate::metrics;

/// How long the last spans may take on their way out. Orchestrators kill what does not end in time.
const LAST_WORDS: Duration = Duration::from_millis(1500);
/// What a span may hold at most; a request has some ten attributes and rarely an event.
const MOST_ATTRIBUTES: u32 = 64;
const MOST_EVENTS: u32 = 32;

/// Keeps logs, metrics and traces going. Dropping it sends and writes what waits, within two seconds, so hold it until
/// the end of `main`.
#[must_use]
pub struct Telemetry {
    traces: Option<Traces>,
    _logs: Logs,
}

struct Traces {
    provider: SdkTracerProvider,
    tally: Arc<SpanCounters>,
}

/// Starts logs, metrics and, where `settings` name a collector, traces of the program `name`. Settings that cannot be used
/// are warnings in the log; nothing here stops a start.
pub fn init(name: &'static str, version: &'static str, settings: Option<&TelemetrySettings>) -> Telemetry {
    init_several(name, version, &[], settings)
}

/// The same for a program that is several `services`: spans of a request go out under the name of the service that serves it,
/// as if it ran alone.
pub fn init_several(
    name: &'static str,
    version: &'static str,
    services: &[&'static str],
    settings: Option<&TelemetrySettings>,
) -> Telemetry {
    metrics::install();
    let mut warnings = Warnings::default();
    let config = settings.map(|settings| settings.read(&mut warnings));
    if settings.is_some() {
        unsupported::warn(std::env::vars_os(), &mut warnings);
    }
    let started = config.and_then(|config| start(Who { name, version, services }, config));
    let (traces, trouble) = match started {
        None => (None, None),
        Some(Ok(traces)) => (Some(traces), None),
        Some(Err(error)) => (None, Some(error)),
    };
    let layer = traces.as_ref().map(|traces| {
        let scope = InstrumentationScope::builder("marquee").with_version(version).build();
        let tracer = TRACER.get_or_init(|| traces.provider.tracer_with_scope(scope));
        tracing_opentelemetry::layer()
            .with_tracer(tracer.clone())
            // Names of files, threads and modules cost time and tell outsiders how this was built.
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false)
            // Nobody here reads OpenTelemetry's own current context; each poll would pay for it.
            .with_context_activation(false)
            .with_filter(filter_fn(is_traced))
    });
    let (lines, logs, complaint) = logs::layer(traces.is_some());
    Registry::default().with(layer).with(lines).init();
    logs::watch_panics();
    if let Some(error) = complaint {
        tracing::warn!(%error, "RUST_LOG could not be read; the default is used");
    }
    warnings.log();
    if let Some(error) = trouble {
        tracing::error!(%error, "requests are not traced");
    }
    Telemetry { traces, _logs: logs }
}

/// Spans that matter to operators, and of the log what went wrong: it shows on the span that it happened in.
fn is_traced(meta: &Metadata<'_>) -> bool {
    if meta.is_span() {
        *meta.level() <= Level::INFO && meta.name() != PROBE
    } else {
        *meta.level() <= Level::WARN || meta.target() == crate::breaker::LOG_TARGET
    }
}

/// A program and the services that it is made of; none when it is one itself.
#[derive(Clone, Copy)]
struct Who<'a> {
    name: &'static str,
    version: &'static str,
    services: &'a [&'static str],
}

fn start(who: Who<'_>, config: TelemetryConfig) -> Option<Result<Traces, ExporterBuildError>> {
    let export = config.export?;
    let tally = Arc::new(SpanCounters::new(export.queue));
    Some(processors(who, &export, &tally).map(|gate| {
        tally.install();
        let provider = SdkTracerProvider::builder()
            .with_resource(resource::of_program(who.name, who.version))
            .with_sampler(config.sampling.sampler())
            .with_max_attributes_per_span(MOST_ATTRIBUTES)
            .with_max_events_per_span(MOST_EVENTS)
            .with_span_processor(gate)
            .build();
        Traces { provider, tally }
    }))
}

/// A batch processor for the program and one for each of its services: the library sends a resource with all that goes
/// through an exporter.
fn processors(
    who: Who<'_>,
    export: &Export,
    tally: &Arc<SpanCounters>,
) -> Result<BoundedSpanProcessor, ExporterBuildError> {
    let processor = || {
        let batches = BatchConfigBuilder::default()
            .with_max_queue_size(export.queue)
            .with_max_export_batch_size(export.batch)
            .with_scheduled_delay(export.delay)
            .build();
        let exporter = CountingExporter { tally: Arc::clone(tally), inner: exporter(export)? };
        Ok(BatchSpanProcessor::builder(exporter).with_batch_config(batches).build())
    };
    let services = who.services.iter().map(|name| Ok((*name, processor()?)));
    let services = services.collect::<Result<_, ExporterBuildError>>()?;
    Ok(BoundedSpanProcessor { tally: Arc::clone(tally), inner: processor()?, services })
}

/// A failed batch is not sent again: a collector that is away stays away for longer than a retry, and the next batch
/// would wait behind it.
fn exporter(export: &Export) -> Result<SpanExporter, ExporterBuildError> {
    let exporter = SpanExporter::builder().with_http().with_retry_policy(RetryPolicy::disabled());
    exporter
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(export.endpoint.as_str())
        .with_timeout(export.timeout)
        .build()
}

impl Telemetry {
    /// What became of the spans so far; `None` while nothing is traced.
    pub fn spans(&self) -> Option<Counts> {
        self.traces.as_ref().map(|traces| traces.tally.counts())
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        let Some(Traces { provider, tally }) = &self.traces else { return };
        // A collector that is away is no reason to fail now; what it did not take is counted.
        let _ = provider.shutdown_with_timeout(LAST_WORDS);
        let Counts { ended, sent, dropped, lost, .. } = tally.close();
        tracing::info!(ended, sent, dropped, lost, "traces are closed");
    }
}

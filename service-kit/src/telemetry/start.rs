//! Start and shutdown of logs, metrics and traces.

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

use super::logs::{self, Logs};
use super::queue::{BoundedSpanProcessor, CountingExporter};
use super::request_span::PROBE;
use super::settings::{Export, TelemetryConfig, TelemetrySettings, Warnings};
use super::span_counters::{Counts, SpanCounters};
use super::{TRACER, metrics, resource, unsupported};

/// Time limit of the final export. Orchestrators kill processes that do not end in time.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_millis(1500);
/// Log target of state changes such as those of a breaker: they are exported on the span of the request that caused
/// them, at any level.
pub(crate) const STATE_TARGET: &str = "service_kit::state";
/// Bounds per span; a request has about ten attributes and rarely an event.
const MAX_ATTRIBUTES: u32 = 64;
const MAX_EVENTS: u32 = 32;

/// Guard of logs, metrics and traces. Dropping it exports and writes what is queued, within two seconds, so hold it
/// until the end of `main`.
#[must_use]
pub struct Telemetry {
    traces: Option<Traces>,
    _logs: Logs,
}

struct Traces {
    provider: SdkTracerProvider,
    counters: Arc<SpanCounters>,
}

/// Starts logs, metrics and, if `settings` have a collector, traces of the program `name`. Invalid settings are
/// warnings in the log; nothing here prevents a start.
pub fn init(name: &'static str, version: &'static str, settings: Option<&TelemetrySettings>) -> Telemetry {
    init_several(name, version, &[], settings)
}

/// Like [`init`] for a program with several `services`: spans of a request are exported under the name of the service
/// that serves it, as if it ran alone.
#[expect(clippy::disallowed_methods, reason = "names of variables that are not supported, to warn of them")]
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
    let started = config.and_then(|config| start(Program { name, version, services }, config));
    let (traces, export_error) = match started {
        None => (None, None),
        Some(Ok(traces)) => (Some(traces), None),
        Some(Err(error)) => (None, Some(error)),
    };
    let layer = traces.as_ref().map(|traces| {
        let scope = InstrumentationScope::builder("marquee").with_version(version).build();
        let tracer = TRACER.get_or_init(|| traces.provider.tracer_with_scope(scope));
        tracing_opentelemetry::layer()
            .with_tracer(tracer.clone())
            // Names of files, threads and modules cost time and disclose internals.
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false)
            // OpenTelemetry's own current context is not used here; each poll would pay for it.
            .with_context_activation(false)
            .with_filter(filter_fn(is_traced))
    });
    let (lines, logs, filter_error) = logs::layer(traces.is_some());
    Registry::default().with(layer).with(lines).init();
    logs::log_panics();
    if let Some(error) = filter_error {
        tracing::warn!(%error, "RUST_LOG could not be read; the default is used");
    }
    warnings.log();
    if let Some(error) = export_error {
        tracing::error!(%error, "requests are not traced");
    }
    Telemetry { traces, _logs: logs }
}

/// `true` for spans that matter to operators, and for log events of failures, which are shown on their span.
fn is_traced(meta: &Metadata<'_>) -> bool {
    if meta.is_span() {
        *meta.level() <= Level::INFO && meta.name() != PROBE
    } else {
        *meta.level() <= Level::WARN || meta.target() == STATE_TARGET
    }
}

/// A program and its services; empty when it is a single service.
#[derive(Clone, Copy)]
struct Program<'a> {
    name: &'static str,
    version: &'static str,
    services: &'a [&'static str],
}

fn start(program: Program<'_>, config: TelemetryConfig) -> Option<Result<Traces, ExporterBuildError>> {
    let export = config.export?;
    let counters = Arc::new(SpanCounters::new(export.queue));
    Some(processors(program, &export, &counters).map(|processor| {
        counters.install();
        let provider = SdkTracerProvider::builder()
            .with_resource(resource::of_program(program.name, program.version))
            .with_sampler(config.sampling.sampler())
            .with_max_attributes_per_span(MAX_ATTRIBUTES)
            .with_max_events_per_span(MAX_EVENTS)
            .with_span_processor(processor)
            .build();
        Traces { provider, counters }
    }))
}

/// One batch processor for the program and one per service: the library sends one resource per exporter.
fn processors(
    program: Program<'_>,
    export: &Export,
    counters: &Arc<SpanCounters>,
) -> Result<BoundedSpanProcessor, ExporterBuildError> {
    let processor = || {
        let batches = BatchConfigBuilder::default()
            .with_max_queue_size(export.queue)
            .with_max_export_batch_size(export.batch)
            .with_scheduled_delay(export.delay)
            .build();
        let exporter = CountingExporter { counters: Arc::clone(counters), inner: exporter(export)? };
        Ok(BatchSpanProcessor::builder(exporter).with_batch_config(batches).build())
    };
    let services = program.services.iter().map(|name| Ok((*name, processor()?)));
    let services = services.collect::<Result<_, ExporterBuildError>>()?;
    Ok(BoundedSpanProcessor { counters: Arc::clone(counters), inner: processor()?, services })
}

/// Failed batches are not retried: a collector outage lasts longer than a retry, and the next batch would wait behind
/// it.
fn exporter(export: &Export) -> Result<SpanExporter, ExporterBuildError> {
    let exporter = SpanExporter::builder().with_http().with_retry_policy(RetryPolicy::disabled());
    exporter
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(export.endpoint.as_str())
        .with_timeout(export.timeout)
        .build()
}

impl Telemetry {
    /// Span counts so far; `None` while tracing is disabled.
    pub fn spans(&self) -> Option<Counts> {
        self.traces.as_ref().map(|traces| traces.counters.counts())
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        let Some(Traces { provider, counters }) = &self.traces else { return };
        // An unavailable collector is no error now; unsent spans are counted.
        let _ = provider.shutdown_with_timeout(SHUTDOWN_TIMEOUT);
        let Counts { ended, sent, dropped, lost, .. } = counters.close();
        tracing::info!(ended, sent, dropped, lost, "traces are closed");
    }
}

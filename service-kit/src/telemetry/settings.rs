//! The `OTEL_*` variables that this project understands, read as text and checked with all other settings.

use std::time::Duration;

use url::Url;

use super::sampling::Rule;
use crate::settings::Complaints;

/// How requests are traced. The variables and their meaning are those of the OpenTelemetry specification;
/// `OTEL_EXPORTER_OTLP_HEADERS` and `OTEL_RESOURCE_ATTRIBUTES` are read as well.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct TelemetrySettings {
    /// Base URL of a collector that takes spans by OTLP over HTTP, such as http://127.0.0.1:4318. Without it requests are
    /// not traced.
    #[arg(long, global = true, env = "OTEL_EXPORTER_OTLP_ENDPOINT")]
    pub otel_exporter_otlp_endpoint: Option<String>,
    /// Full URL that takes spans, instead of the base URL.
    #[arg(long, global = true, env = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")]
    pub otel_exporter_otlp_traces_endpoint: Option<String>,
    /// Milliseconds that sending one batch of spans may take, 1 to 60000. A batch that takes longer is lost.
    #[arg(long, global = true, env = "OTEL_EXPORTER_OTLP_TIMEOUT", default_value = "10000")]
    pub otel_exporter_otlp_timeout: String,
    /// Which requests are traced: always_on, always_off, traceidratio, or each of them with parentbased_ before it, which
    /// leaves the decision to the caller where callers are trusted. With tail sampling in the collector: all.
    #[arg(long, global = true, env = "OTEL_TRACES_SAMPLER", default_value = "parentbased_always_on")]
    pub otel_traces_sampler: String,
    /// Share of the traced requests for traceidratio, 0 to 1.
    #[arg(long, global = true, env = "OTEL_TRACES_SAMPLER_ARG", default_value = "1")]
    pub otel_traces_sampler_arg: String,
    /// Spans that may wait to be sent, 64 to 65536; more are dropped and counted. Some 2 KB each.
    #[arg(long, global = true, env = "OTEL_BSP_MAX_QUEUE_SIZE", default_value = "2048")]
    pub otel_bsp_max_queue_size: String,
    /// Spans that are sent together, 1 to 4096.
    #[arg(long, global = true, env = "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", default_value = "512")]
    pub otel_bsp_max_export_batch_size: String,
    /// Milliseconds that a span waits for others at the most, 10 to 60000.
    #[arg(long, global = true, env = "OTEL_BSP_SCHEDULE_DELAY", default_value = "5000")]
    pub otel_bsp_schedule_delay: String,
    /// `none` switches tracing off although there is an endpoint; otherwise `otlp`.
    #[arg(long, global = true, env = "OTEL_TRACES_EXPORTER", default_value = "otlp")]
    pub otel_traces_exporter: String,
    /// Switches tracing off although there is an endpoint: true or false.
    #[arg(long, global = true, env = "OTEL_SDK_DISABLED")]
    pub otel_sdk_disabled: Option<String>,
}

/// How requests are traced, checked.
#[derive(Debug, Clone)]
pub struct TelemetryConfig {
    /// Where spans go; `None` traces nothing.
    pub(super) export: Option<Export>,
    /// Which requests are traced.
    pub(super) sampling: Rule,
}

/// Where spans go, and how.
#[derive(Debug, Clone)]
pub(super) struct Export {
    pub endpoint: Url,
    pub timeout: Duration,
    pub queue: usize,
    pub batch: usize,
    pub delay: Duration,
}

impl TelemetrySettings {
    /// Checks them.
    pub fn read(&self, complaints: &mut Complaints) -> TelemetryConfig {
        let export = self.export(complaints);
        let sampling = self.sampling(complaints);
        let exporters = [("otlp", true), ("none", false)];
        let exporter = Some(self.otel_traces_exporter.as_str());
        let wanted = complaints.word("OTEL_TRACES_EXPORTER", exporter, &exporters, true);
        let disabled = complaints.flag("OTEL_SDK_DISABLED", self.otel_sdk_disabled.as_deref(), false);
        TelemetryConfig { export: export.filter(|_| wanted && !disabled), sampling }
    }

    fn export(&self, complaints: &mut Complaints) -> Option<Export> {
        let milliseconds = |complaints: &mut Complaints, name, text: &str, least| {
            Duration::from_millis(complaints.number(name, text, (least, 60_000)))
        };
        let timeout = milliseconds(complaints, "OTEL_EXPORTER_OTLP_TIMEOUT", &self.otel_exporter_otlp_timeout, 1);
        let delay = milliseconds(complaints, "OTEL_BSP_SCHEDULE_DELAY", &self.otel_bsp_schedule_delay, 10);
        let queue = complaints.number("OTEL_BSP_MAX_QUEUE_SIZE", &self.otel_bsp_max_queue_size, (64, 65_536));
        let batch = &self.otel_bsp_max_export_batch_size;
        let batch = complaints.number("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", batch, (1, 4096));
        let endpoint = self.endpoint(complaints)?;
        Some(Export { endpoint, timeout, queue, batch: batch.min(queue), delay })
    }

    fn endpoint(&self, complaints: &mut Complaints) -> Option<Url> {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        let (name, url) =
            match (given(&self.otel_exporter_otlp_traces_endpoint), given(&self.otel_exporter_otlp_endpoint)) {
                (Some(whole), _) => ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", whole),
                (None, Some(base)) => {
                    ("OTEL_EXPORTER_OTLP_ENDPOINT", format!("{}/v1/traces", base.trim_end_matches('/')))
                }
                (None, None) => return None,
            };
        complaints.take(name, http_url(&url).map(Some), None)
    }

    fn sampling(&self, complaints: &mut Complaints) -> Rule {
        let ratio = complaints.number("OTEL_TRACES_SAMPLER_ARG", &self.otel_traces_sampler_arg, (0.0, 1.0));
        let words = Rule::words(ratio);
        let word = Some(self.otel_traces_sampler.as_str());
        complaints.word("OTEL_TRACES_SAMPLER", word, &words, Rule::default())
    }
}

fn http_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text.trim()).map_err(|error| error.to_string())?;
    if matches!(url.scheme(), "http" | "https") { Ok(url) } else { Err("must be an http or https URL".into()) }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        settings: TelemetrySettings,
    }

    fn read(arguments: &[&str]) -> Result<TelemetryConfig, String> {
        let settings = Command::parse_from(["test"].iter().chain(arguments)).settings;
        let mut complaints = Complaints::default();
        let config = settings.read(&mut complaints);
        complaints.settle(config).map_err(|error| error.to_string())
    }

    fn endpoint(arguments: &[&str]) -> Option<String> {
        read(arguments).expect("good settings").export.map(|export| export.endpoint.to_string())
    }

    #[test]
    fn nothing_is_exported_without_an_endpoint() {
        assert_eq!(endpoint(&[]), None);
        assert_eq!(endpoint(&["--otel-exporter-otlp-endpoint="]), None);
    }

    #[test]
    fn the_base_url_gets_the_path_of_traces_and_the_full_one_wins() {
        let base = "--otel-exporter-otlp-endpoint=http://collector:4318/";
        assert_eq!(endpoint(&[base]).as_deref(), Some("http://collector:4318/v1/traces"));
        let whole = "--otel-exporter-otlp-traces-endpoint=https://other/spans";
        assert_eq!(endpoint(&[base, whole]).as_deref(), Some("https://other/spans"));
    }

    #[test]
    fn tracing_can_be_switched_off_beside_an_endpoint() {
        let base = "--otel-exporter-otlp-endpoint=http://collector:4318";
        assert_eq!(endpoint(&[base, "--otel-sdk-disabled=true"]), None);
        assert_eq!(endpoint(&[base, "--otel-traces-exporter=none"]), None);
    }

    #[test]
    fn all_bad_values_are_reported_together() {
        let bad = [
            "--otel-exporter-otlp-endpoint=ftp://x",
            "--otel-exporter-otlp-timeout=soon",
            "--otel-traces-sampler=sometimes",
            "--otel-traces-sampler-arg=2",
            "--otel-bsp-max-queue-size=1",
            "--otel-bsp-max-export-batch-size=0",
            "--otel-bsp-schedule-delay=0",
            "--otel-sdk-disabled=perhaps",
            "--otel-traces-exporter=zipkin",
        ];
        let error = read(&bad).expect_err("bad settings");
        for name in bad {
            let name = name.trim_start_matches("--").split('=').next().unwrap_or_default();
            let name = name.replace('-', "_").to_uppercase();
            assert!(error.contains(&format!("{name}:")), "{name} is missing in: {error}");
        }
    }
}

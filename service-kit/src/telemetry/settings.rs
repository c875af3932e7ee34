//! The supported `OTEL_*` variables, read by the rules of the OpenTelemetry specification (Configuration, Environment
//! Variable Specification): empty counts as unset, names are case-insensitive, and an invalid value is a warning and
//! counts as unset. Telemetry never prevents a start.

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use url::Url;

use super::sampling::SamplingRule;

/// Settings of tracing. Names and meaning are those of the OpenTelemetry specification; `OTEL_EXPORTER_OTLP_HEADERS`
/// and `OTEL_RESOURCE_ATTRIBUTES` are read as well.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct TelemetrySettings {
    /// Base URL of a collector that accepts spans by OTLP over HTTP, such as http://127.0.0.1:4318. Without it requests
    /// are not traced.
    #[arg(long, global = true, env = "OTEL_EXPORTER_OTLP_ENDPOINT")]
    pub otel_exporter_otlp_endpoint: Option<String>,
    /// Full URL that accepts spans, instead of the base URL.
    #[arg(long, global = true, env = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")]
    pub otel_exporter_otlp_traces_endpoint: Option<String>,
    /// Timeout of one export, in milliseconds, 1 to 60000. A batch that takes longer is lost.
    #[arg(long, global = true, env = "OTEL_EXPORTER_OTLP_TIMEOUT", default_value = "10000")]
    pub otel_exporter_otlp_timeout: String,
    /// Sampler: always_on, always_off, traceidratio, or each of them with the prefix parentbased_, which leaves the
    /// decision to trusted callers. With tail sampling in the collector: all requests.
    #[arg(long, global = true, env = "OTEL_TRACES_SAMPLER", default_value = "parentbased_always_on")]
    pub otel_traces_sampler: String,
    /// Share of sampled requests for traceidratio, 0 to 1.
    #[arg(long, global = true, env = "OTEL_TRACES_SAMPLER_ARG", default_value = "1")]
    pub otel_traces_sampler_arg: String,
    /// Maximum number of spans waiting for export, 64 to 65536; more are dropped and counted. About 2 KB each.
    #[arg(long, global = true, env = "OTEL_BSP_MAX_QUEUE_SIZE", default_value = "2048")]
    pub otel_bsp_max_queue_size: String,
    /// Maximum number of spans in one batch, 1 to 4096.
    #[arg(long, global = true, env = "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", default_value = "512")]
    pub otel_bsp_max_export_batch_size: String,
    /// Maximum delay of a span before its batch is exported, in milliseconds, 10 to 60000.
    #[arg(long, global = true, env = "OTEL_BSP_SCHEDULE_DELAY", default_value = "5000")]
    pub otel_bsp_schedule_delay: String,
    /// `none` disables tracing although there is an endpoint; otherwise `otlp`.
    #[arg(long, global = true, env = "OTEL_TRACES_EXPORTER", default_value = "otlp")]
    pub otel_traces_exporter: String,
    /// Disables tracing although there is an endpoint: true or false.
    #[arg(long, global = true, env = "OTEL_SDK_DISABLED")]
    pub otel_sdk_disabled: Option<String>,
}

/// Validated settings of tracing.
#[derive(Debug, Clone)]
pub(super) struct TelemetryConfig {
    /// Export of spans; `None` disables tracing.
    pub(super) export: Option<Export>,
    /// Sampling of requests.
    pub(super) sampling: SamplingRule,
}

/// Endpoint, timeout and batching of the export.
#[derive(Debug, Clone)]
pub(super) struct Export {
    pub endpoint: Url,
    pub timeout: Duration,
    pub queue: usize,
    pub batch: usize,
    pub delay: Duration,
}

/// Invalid values with their variables, logged once the log is running.
#[derive(Debug, Default)]
pub(super) struct Warnings(Vec<(String, String)>);

impl Warnings {
    pub(super) fn add(&mut self, variable: impl Into<String>, reason: impl Display) {
        self.0.push((variable.into(), reason.to_string()));
    }

    /// Logs one line per warning.
    pub(super) fn log(self) {
        for (variable, reason) in self.0 {
            tracing::warn!(variable, reason, "a setting of OpenTelemetry cannot be used and is ignored");
        }
    }

    /// The value, otherwise a warning and the default.
    fn or_default<T>(&mut self, variable: &str, value: Result<T, impl Display>, default: T) -> T {
        value.unwrap_or_else(|reason| {
            self.add(variable, reason);
            default
        })
    }

    fn number<T>(&mut self, variable: &str, text: &str, (least, most): (T, T), default: T) -> T
    where
        T: FromStr<Err: Display> + PartialOrd + Display + Copy,
    {
        let text = text.trim();
        if text.is_empty() {
            return default;
        }
        let value = text.parse::<T>().map_err(|error| error.to_string()).and_then(|value| {
            let fits = (least..=most).contains(&value);
            fits.then_some(value).ok_or_else(|| format!("must be {least} to {most}"))
        });
        self.or_default(variable, value, default)
    }

    /// `true` in any case is true, everything else is false; values other than `true` and `false` are a warning, too.
    fn boolean(&mut self, variable: &str, text: Option<&str>) -> bool {
        let text = text.unwrap_or_default().trim().to_ascii_lowercase();
        if !matches!(text.as_str(), "" | "true" | "false") {
            self.add(variable, "must be true or false");
        }
        text == "true"
    }
}

impl TelemetrySettings {
    /// Validates the settings.
    pub(super) fn read(&self, warnings: &mut Warnings) -> TelemetryConfig {
        let export = self.export(warnings);
        let sampling = self.sampling(warnings);
        let is_enabled = self.exports_otlp(warnings);
        let disabled = warnings.boolean("OTEL_SDK_DISABLED", self.otel_sdk_disabled.as_deref());
        TelemetryConfig { export: export.filter(|_| is_enabled && !disabled), sampling }
    }

    /// `true` when the list of exporters has `otlp` or nothing known; unknown ones are a warning.
    fn exports_otlp(&self, warnings: &mut Warnings) -> bool {
        let words = self.otel_traces_exporter.split(',').map(|word| word.trim().to_ascii_lowercase());
        let (known, unknown): (Vec<_>, Vec<_>) =
            words.filter(|word| !word.is_empty()).partition(|word| matches!(word.as_str(), "otlp" | "none"));
        if !unknown.is_empty() {
            warnings.add("OTEL_TRACES_EXPORTER", "only otlp and none are known");
        }
        known.is_empty() || known.iter().any(|word| word == "otlp")
    }

    fn export(&self, warnings: &mut Warnings) -> Option<Export> {
        let milliseconds = |warnings: &mut Warnings, variable, text: &str, least, default| {
            Duration::from_millis(warnings.number(variable, text, (least, 60_000), default))
        };
        let timeout = milliseconds(warnings, "OTEL_EXPORTER_OTLP_TIMEOUT", &self.otel_exporter_otlp_timeout, 1, 10_000);
        let delay = milliseconds(warnings, "OTEL_BSP_SCHEDULE_DELAY", &self.otel_bsp_schedule_delay, 10, 5_000);
        let queue = warnings.number("OTEL_BSP_MAX_QUEUE_SIZE", &self.otel_bsp_max_queue_size, (64, 65_536), 2048);
        let batch = &self.otel_bsp_max_export_batch_size;
        let batch = warnings.number("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", batch, (1, 4096), 512);
        let endpoint = self.endpoint(warnings)?;
        Some(Export { endpoint, timeout, queue, batch: batch.min(queue), delay })
    }

    fn endpoint(&self, warnings: &mut Warnings) -> Option<Url> {
        let non_empty = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        let (variable, url) =
            match (non_empty(&self.otel_exporter_otlp_traces_endpoint), non_empty(&self.otel_exporter_otlp_endpoint)) {
                (Some(whole), _) => ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", whole),
                (None, Some(base)) => {
                    ("OTEL_EXPORTER_OTLP_ENDPOINT", format!("{}/v1/traces", base.trim().trim_end_matches('/')))
                }
                (None, None) => return None,
            };
        warnings.or_default(variable, http_url(&url).map(Some), None)
    }

    fn sampling(&self, warnings: &mut Warnings) -> SamplingRule {
        let ratio = warnings.number("OTEL_TRACES_SAMPLER_ARG", &self.otel_traces_sampler_arg, (0.0, 1.0), 1.0);
        let name = self.otel_traces_sampler.trim();
        if name.is_empty() {
            return SamplingRule::default();
        }
        let rules = SamplingRule::names(ratio);
        let known = rules.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, rule)| *rule);
        let names = rules.map(|(known, _)| known).join(", ");
        let known = known.ok_or_else(|| format!("must be one of {names}"));
        warnings.or_default("OTEL_TRACES_SAMPLER", known, SamplingRule::default())
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

    fn read(arguments: &[&str]) -> (TelemetryConfig, Vec<(String, String)>) {
        let settings = Command::parse_from(["test"].iter().chain(arguments)).settings;
        let mut warnings = Warnings::default();
        let config = settings.read(&mut warnings);
        (config, warnings.0)
    }

    fn endpoint(arguments: &[&str]) -> Option<String> {
        let (config, warnings) = read(arguments);
        assert!(warnings.is_empty(), "{warnings:?}");
        config.export.map(|export| export.endpoint.to_string())
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
        for off in ["--otel-sdk-disabled=true", "--otel-sdk-disabled=TRUE", "--otel-traces-exporter=None"] {
            assert_eq!(endpoint(&[base, off]), None, "{off}");
        }
        for on in ["--otel-sdk-disabled=False", "--otel-traces-exporter=none,otlp", "--otel-traces-exporter="] {
            assert!(endpoint(&[base, on]).is_some(), "{on}");
        }
    }

    #[test]
    fn invalid_values_are_warnings_and_count_as_unset() {
        let bad = [
            "--otel-exporter-otlp-timeout=soon",
            "--otel-traces-sampler=sometimes",
            "--otel-traces-sampler-arg=2",
            "--otel-bsp-max-queue-size=1",
            "--otel-bsp-max-export-batch-size=0",
            "--otel-bsp-schedule-delay=0",
            "--otel-sdk-disabled=1",
            "--otel-traces-exporter=zipkin",
        ];
        let base = "--otel-exporter-otlp-endpoint=http://collector:4318";
        let (config, warnings) = read(&[&[base], &bad[..]].concat());
        for name in bad {
            let name = name.trim_start_matches("--").split('=').next().unwrap_or_default();
            let name = name.replace('-', "_").to_uppercase();
            assert_eq!(warnings.iter().filter(|(variable, _)| *variable == name).count(), 1, "{name}: {warnings:?}");
        }
        assert_eq!(warnings.len(), bad.len());
        let export = config.export.expect("spans are exported: 1 is not true, and zipkin is not none");
        assert_eq!((export.queue, export.batch, config.sampling), (2048, 512, SamplingRule::default()));
        assert_eq!((export.timeout.as_millis(), export.delay.as_millis()), (10_000, 5_000));
        let (config, warnings) = read(&["--otel-exporter-otlp-endpoint=ftp://x"]);
        assert!(config.export.is_none() && warnings.len() == 1);
    }
}

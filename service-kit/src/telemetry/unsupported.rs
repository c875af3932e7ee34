//! Unsupported variables of OpenTelemetry: each is logged once, at the start.

use std::ffi::OsString;

use super::settings::Warnings;

/// Read by us or by the libraries we use.
const SUPPORTED: [&str; 14] = [
    "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
    "OTEL_BSP_MAX_QUEUE_SIZE",
    "OTEL_BSP_SCHEDULE_DELAY",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_HEADERS",
    "OTEL_EXPORTER_OTLP_TIMEOUT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
    "OTEL_RESOURCE_ATTRIBUTES",
    "OTEL_SDK_DISABLED",
    "OTEL_SERVICE_NAME",
    "OTEL_TRACES_EXPORTER",
    "OTEL_TRACES_SAMPLER",
    "OTEL_TRACES_SAMPLER_ARG",
];

/// Variables of which only these values are supported.
const FIXED: [(&str, &[&str]); 7] = [
    ("OTEL_EXPORTER_OTLP_COMPRESSION", &["none"]),
    ("OTEL_EXPORTER_OTLP_PROTOCOL", &["http/protobuf"]),
    ("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", &["none"]),
    ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", &["http/protobuf"]),
    ("OTEL_LOGS_EXPORTER", &["none"]),
    ("OTEL_METRICS_EXPORTER", &["none", "prometheus"]),
    ("OTEL_PROPAGATORS", &["tracecontext"]),
];

/// Adds a warning for each such variable.
pub(super) fn warn(variables: impl Iterator<Item = (OsString, OsString)>, warnings: &mut Warnings) {
    let mut ours: Vec<_> = variables.filter(|(name, _)| name.to_string_lossy().starts_with("OTEL_")).collect();
    ours.sort();
    for (name, value) in ours {
        let name = name.to_string_lossy().into_owned();
        let Some(value) = value.to_str().map(str::trim) else {
            warnings.add(name, "is not UTF-8");
            continue;
        };
        if value.is_empty() || SUPPORTED.contains(&name.as_str()) {
            continue;
        }
        match FIXED.iter().find(|(fixed, _)| *fixed == name) {
            Some((_, words)) if words.iter().any(|word| word.eq_ignore_ascii_case(value)) => {}
            Some((_, words)) => warnings.add(name, format!("only {} is supported", words.join(" and "))),
            None => warnings.add(name, "is not supported"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsupported_variables_are_warned_of_once_and_supported_ones_not() {
        let variables = [
            ("OTEL_METRICS_EXPORTER", "otlp"),
            ("OTEL_LOGS_EXPORTER", "None"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/ca.pem"),
            ("OTEL_CONFIG_FILE", ""),
            ("OTEL_SERVICE_NAME", "x"),
            ("PATH", "/bin"),
        ];
        let mut warnings = Warnings::default();
        warn(variables.iter().map(|(name, value)| (name.into(), value.into())), &mut warnings);
        let named = format!("{warnings:?}");
        for (name, _) in variables {
            let bad = ["OTEL_METRICS_EXPORTER", "OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_CERTIFICATE"];
            assert_eq!(named.matches(&format!("\"{name}\"")).count(), usize::from(bad.contains(&name)), "{named}");
        }
    }
}

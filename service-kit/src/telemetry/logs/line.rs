//! One line of the log: time, level, message, fields, and ids of the request.

use std::error::Error;
use std::fmt::{self, Debug, Write};

use serde::Serialize;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber, dispatcher};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::base::causes::causes;
use crate::telemetry::request_context::RequestContext;
use opentelemetry::trace::TraceContextExt;

/// Format of lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LogFormat {
    /// For people.
    Terminal,
    /// For programs: one JSON object per line.
    Json,
}

pub(super) struct LineFormatter(pub LogFormat);

impl<S, N> FormatEvent<S, N> for LineFormatter
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    fn format_event(&self, cx: &FmtContext<'_, S, N>, mut out: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let meta = event.metadata();
        let mut text = String::with_capacity(512);
        let mut time = String::with_capacity(32);
        SystemTime.format_time(&mut Writer::new(&mut time))?;
        match self.0 {
            LogFormat::Json => {
                write!(text, r#"{{"timestamp":"{time}","level":"{}","#, meta.level())?;
                let mut fields = JsonFields { text: &mut text, outcome: Ok(()) };
                event.record(&mut fields);
                fields.outcome?;
                write!(text, r#""target":"#)?;
                json(&mut text, meta.target())?;
                for (name, value) in ids(cx) {
                    write!(text, r#","{name}":"{value}""#)?; // ids are well-formed
                }
                text.push('}');
            }
            LogFormat::Terminal => {
                let (dim, plain) = if out.has_ansi_escapes() { ("\x1b[2m", "\x1b[0m") } else { ("", "") };
                write!(text, "{dim}{time}{plain} {}", level(*meta.level(), out.has_ansi_escapes()))?;
                let mut fields = TerminalFields { text: &mut text, outcome: Ok(()) };
                event.record(&mut fields);
                fields.outcome?;
                text.push_str(dim);
                for (name, value) in ids(cx) {
                    write!(text, " {name}={value}")?;
                }
                text.push_str(plain);
            }
        }
        writeln!(out, "{text}")
    }
}

/// Ids of the line's request, and of the span in which it was written.
fn ids<S, N>(cx: &FmtContext<'_, S, N>) -> impl Iterator<Item = (&'static str, String)>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    let found = cx.lookup_current().and_then(|span| {
        let context = RequestContext::of_span(&span)?;
        let is_request = span.extensions().get::<RequestContext>().is_some();
        let inner = (!is_request)
            .then(|| dispatcher::get_default(|dispatch| tracing_opentelemetry::get_otel_context(&span.id(), dispatch)))
            .flatten()
            .map(|cx| cx.span().span_context().span_id());
        let span_id = inner.unwrap_or(context.span_id);
        Some([
            ("request_id", context.request_id.as_str().to_owned()),
            ("trace_id", context.trace_id.to_string()),
            ("span_id", span_id.to_string()),
        ])
    });
    found.into_iter().flatten()
}

fn level(level: Level, ansi: bool) -> String {
    let color = match level {
        Level::ERROR => 31,
        Level::WARN => 33,
        Level::INFO => 32,
        _ => 34,
    };
    if ansi { format!("\x1b[{color}m{level:>5}\x1b[0m") } else { format!("{level:>5}") }
}

fn json(text: &mut String, value: impl Serialize) -> fmt::Result {
    text.push_str(&serde_json::to_string(&value).map_err(|_| fmt::Error)?);
    Ok(())
}

/// Writes fields as `"name":value,`.
struct JsonFields<'a> {
    text: &'a mut String,
    outcome: fmt::Result,
}

impl JsonFields<'_> {
    fn put(&mut self, field: &Field, value: impl Serialize) {
        let name = json(self.text, field.name());
        self.text.push(':');
        let value = json(self.text, value);
        self.text.push(',');
        self.outcome = self.outcome.and(name).and(value);
    }
}

impl Visit for JsonFields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.put(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.put(field, causes(value));
    }
}

/// Writes the message without a name, other fields as ` name=value`.
struct TerminalFields<'a> {
    text: &'a mut String,
    outcome: fmt::Result,
}

impl TerminalFields<'_> {
    fn put(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        let written = match field.name() {
            "message" => write!(self.text, " {value}"),
            name => write!(self.text, " {name}={value}"),
        };
        self.outcome = self.outcome.and(written);
    }
}

impl Visit for TerminalFields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.put(field, format_args!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, format_args!("{value:?}"));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.put(field, format_args!("{:?}", causes(value)));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::Registry;
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    /// The output of `lines` in this format.
    fn written(format: LogFormat, lines: impl FnOnce()) -> String {
        let output = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&output);
        let writer = move || Sink(Arc::clone(&sink));
        let layer =
            tracing_subscriber::fmt::layer().with_ansi(false).event_format(LineFormatter(format)).with_writer(writer);
        tracing::subscriber::with_default(Registry::default().with(layer), lines);
        String::from_utf8(output.lock().expect("no panic").clone()).expect("text")
    }

    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("no panic").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_json_line_is_one_object_with_any_content() {
        let text = written(LogFormat::Json, || {
            tracing::warn!(count = 3, ratio = f64::NAN, odd = "a \"quote\"\nand a line", fine = true, "said \\ so");
        });
        assert_eq!(text.lines().count(), 1, "{text}");
        let line: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!((&line["level"], &line["message"]), (&"WARN".into(), &"said \\ so".into()));
        assert_eq!((&line["count"], &line["fine"], &line["ratio"]), (&3.into(), &true.into(), &().into()));
        assert_eq!(line["odd"], "a \"quote\"\nand a line");
        assert!(line["timestamp"].as_str().is_some_and(|at| at.ends_with('Z')), "{text}");
    }

    #[test]
    fn a_terminal_line_stays_one_line() {
        let text = written(LogFormat::Terminal, || tracing::info!(odd = "two\nlines", count = 3, "hello"));
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(text.ends_with(" INFO hello odd=\"two\\nlines\" count=3\n"), "{text}");
    }
}

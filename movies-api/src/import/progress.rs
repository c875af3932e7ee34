//! Progress of an import on stderr: a bar on a terminal, otherwise a line every few seconds.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use metrics::{Unit, counter, describe_counter, describe_gauge, gauge};
use service_kit::console;

use super::{BadLine, ImportObserver, ImportReport};

/// Interval between lines without a terminal.
const LINE_EVERY: Duration = Duration::from_secs(5);
/// Maximum number of bad lines shown; all are counted.
const MAX_SHOWN: u64 = 20;

/// Progress of an import.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    started: Instant,
    last_line: Instant,
    /// Bytes of the files before the current one.
    files_before: u64,
    file: u64,
    all_files: u64,
    bad: u64,
}

impl Progress {
    /// On stderr, terminal or not.
    pub fn on_stderr() -> Self {
        describe_metrics();
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{bar:32} {bytes}/{total_bytes} {msg}, {eta} left");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        let now = Instant::now();
        Self { bar, started: now, last_line: now, files_before: 0, file: 0, all_files: 0, bad: 0 }
    }

    /// Removes the bar and prints a summary.
    pub fn finish(&self, report: &ImportReport) {
        self.bar.finish_and_clear();
        if self.bad > MAX_SHOWN {
            console::note(format_args!("… and {} more bad lines", self.bad - MAX_SHOWN));
        }
        let ImportReport { read, new, changed, unchanged, bad, .. } = report;
        let mut text = format!("{read} films read: {new} new, {changed} changed, {unchanged} unchanged, {bad} bad");
        for (count, what) in [
            (report.resumed, "in since an earlier run"),
            (report.deleted, "deleted by editors and left so"),
            (report.left_out, "lines that are no films"),
            (report.partly, "lines of which a part was left out"),
        ] {
            if count > 0 {
                text.push_str(&format!(", {count} {what}"));
            }
        }
        console::note(format_args!("{text}; {:.1} s", report.elapsed.as_secs_f64()));
        if report.interrupted {
            console::note("Interrupted. Give the same command again to go on from here.");
        }
    }

    fn print(&self, text: &str) {
        if self.bar.is_hidden() {
            console::note(text);
        } else {
            self.bar.println(text);
        }
    }
}

impl ImportObserver for Progress {
    fn file_started(&mut self, name: &str, bytes: u64, files_bytes: u64) {
        self.files_before += self.file;
        (self.file, self.all_files) = (bytes, files_bytes);
        self.bar.set_length(files_bytes);
        self.print(&format!("reading {name}"));
    }

    fn batch_done(&mut self, report: &ImportReport, bytes: u64) {
        let films = report.new + report.changed + report.unchanged + report.deleted;
        let rate = films as f64 / self.started.elapsed().as_secs_f64().max(0.001);
        let message = format!("{films} films, {rate:.0} films/s");
        let position = self.files_before.saturating_add(bytes).min(self.all_files);
        self.bar.set_position(position);
        record_metrics(report, position, self.all_files);
        if self.bar.is_hidden() && self.last_line.elapsed() >= LINE_EVERY {
            self.last_line = Instant::now();
            let percent = (position * 100).checked_div(self.all_files).unwrap_or(100);
            console::note(format_args!("{percent} % read, {message}"));
        }
        self.bar.set_message(message);
    }

    fn bad_line(&mut self, bad: &BadLine) {
        self.bad += 1;
        if self.bad <= MAX_SHOWN {
            self.print(&format!("{} line {}: {}", bad.file, bad.line, bad.reason));
        }
    }

    fn message(&mut self, text: &str) {
        self.print(text);
    }
}

fn describe_metrics() {
    service_kit::telemetry::metrics::install(); // descriptions before a recorder is installed are lost
    describe_counter!("import.records", "Records of an import by outcome.");
    describe_gauge!("import.read.bytes", Unit::Bytes, "Bytes of the files of an import that have been read.");
    describe_gauge!("import.files.bytes", Unit::Bytes, "Bytes of all files of an import.");
}

/// Exports the same as metrics.
fn record_metrics(report: &ImportReport, position: u64, all: u64) {
    gauge!("import.read.bytes").set(position as f64);
    gauge!("import.files.bytes").set(all as f64);
    for (outcome, count) in [
        ("read", report.read),
        ("new", report.new),
        ("changed", report.changed),
        ("unchanged", report.unchanged),
        ("bad", report.bad),
    ] {
        counter!("import.records", "outcome" => outcome).absolute(count);
    }
}

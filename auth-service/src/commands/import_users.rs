//! `import-users`: accounts of another system, with progress on stderr and the result on stdout.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use account_storage::ImportProgress;
use accounts::AuditContext;
use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use service_kit::server::stop_requested;
use service_kit::{SystemClock, console};
use user_import::{ImportEvent, ImportFile, Importer};

use super::say;
use crate::app;
use crate::config::Config;

/// Interval of progress lines without a terminal.
const LINE_INTERVAL: Duration = Duration::from_secs(5);

/// Imports a file from where the last run stopped; Ctrl-C stops it between two batches.
pub(super) async fn run(config: &Config, path: &Path, trust_verified: bool, act: &AuditContext) -> anyhow::Result<()> {
    let store = app::open_store(config).await?;
    if !store.is_migrated().await? {
        bail!("the tables are missing or of an earlier release; run `auth-service migrate` first");
    }
    let file = ImportFile::open(path).with_context(|| format!("cannot import {}", path.display()))?;
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    let listener = tokio::spawn(async move {
        if stop_requested().await.is_ok() {
            flag.store(true, Ordering::Relaxed);
        }
    });
    let mut report = Report::new(file.length);
    let emails = config.mails.policy;
    let importer = Importer { store: &store, emails, trust_verified, clock: &SystemClock, act };
    let outcome = importer
        .run(&file, |event| {
            report.show(event);
            if stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .await;
    listener.abort();
    report.bar.finish_and_clear();
    let summary = outcome?;
    let ImportProgress { lines, imported, rejected, .. } = summary.progress;
    let was = |count: u64| if count == 1 { "1 was".to_owned() } else { format!("{count} were") };
    say(format!("of {lines} lines {} imported, {} refused", was(imported), was(rejected)))?;
    if summary.finished { Ok(()) } else { bail!("stopped; the same command continues after line {lines}") }
}

/// A bar on a terminal, otherwise a line every few seconds; bad lines in both.
struct Report {
    bar: ProgressBar,
    started: Instant,
    last_line: Instant,
    before: Option<u64>,
}

impl Report {
    fn new(length: u64) -> Self {
        let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{bar:32} {msg}, {eta} left");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        let now = Instant::now();
        Self { bar, started: now, last_line: now, before: None }
    }

    fn show(&mut self, event: ImportEvent) {
        match event {
            ImportEvent::Rejected(line, reason) => {
                self.bar.suspend(|| console::note(format_args!("line {line}: {reason}")));
            }
            ImportEvent::Progress(progress) => self.show_progress(progress),
        }
    }

    fn show_progress(&mut self, progress: ImportProgress) {
        let before = *self.before.get_or_insert(progress.imported);
        let seconds = self.started.elapsed().as_secs_f64().max(0.001);
        let rate = (progress.imported - before) as f64 / seconds;
        let text = format!("{} accounts imported, {rate:.0} a second", progress.imported);
        if self.bar.is_hidden() && self.last_line.elapsed() >= LINE_INTERVAL {
            self.last_line = Instant::now();
            console::note(&text);
        }
        self.bar.set_position(progress.bytes);
        self.bar.set_message(text);
    }
}

//! `partitions convert`, `partitions revert` and `partitions finish`: partitioning of tables in use.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use account_partitions::AccountPartitions;
use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use partition_conversion::{Conversion, ConvertOutcome, ConvertReport, ConvertSettings, LockTimes, PlainTable, Step};
use service_kit::server::stop_requested;
use service_kit::{Clock, SystemClock, console};

use super::say;

/// Interval of progress lines without a terminal.
const LINE_INTERVAL: Duration = Duration::from_secs(5);

/// Selection of tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Tables {
    /// Accounts.
    #[value(name = "users")]
    Users,
    /// Sign-in history.
    #[value(name = "sign_ins")]
    SignIns,
    /// Both, one after the other.
    #[value(name = "all")]
    All,
}

/// Operation on the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Convert,
    Revert,
    Finish,
}

impl Tables {
    fn list(self) -> &'static [PlainTable] {
        match self {
            Self::Users => &[PlainTable::Users],
            Self::SignIns => &[PlainTable::SignIns],
            Self::All => &PlainTable::ALL,
        }
    }
}

/// Runs the operation, with progress on stderr and the result on stdout.
pub(super) async fn run(partitions: &AccountPartitions, tables: Tables, operation: Operation) -> anyhow::Result<()> {
    let stop = Arc::new(AtomicBool::new(false));
    let stop_flag = Arc::clone(&stop);
    let interrupt = tokio::spawn(async move {
        if stop_requested().await.is_ok() {
            stop_flag.store(true, Ordering::Relaxed);
        }
    });
    let outcome = all(partitions, tables, operation, &stop).await;
    interrupt.abort();
    outcome
}

async fn all(
    partitions: &AccountPartitions,
    tables: Tables,
    operation: Operation,
    stop: &AtomicBool,
) -> anyhow::Result<()> {
    for table in tables.list() {
        let mut progress = Progress::of(*table);
        let mut watch = |step| {
            progress.show(step);
            if stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let conversion = Conversion::new(partitions, *table, ConvertSettings::default());
        let outcome = match operation {
            Operation::Convert => conversion.convert(SystemClock.now(), &mut watch).await,
            Operation::Revert => conversion.revert(&mut watch).await,
            Operation::Finish => conversion.finish(&mut watch).await,
        };
        progress.bar.finish_and_clear();
        let outcome = outcome?;
        say(describe(*table, operation, &outcome))?;
        if outcome == ConvertOutcome::Embedded {
            break;
        }
    }
    Ok(())
}

fn describe(table: PlainTable, operation: Operation, outcome: &ConvertOutcome) -> String {
    match (outcome, operation) {
        (ConvertOutcome::Embedded, _) => "nothing to do: SQLite has no partitions".into(),
        (ConvertOutcome::NothingToDo, Operation::Convert) => {
            format!("{table}: nothing to do, it is partitioned already")
        }
        (ConvertOutcome::NothingToDo, Operation::Revert) => {
            format!("{table}: nothing to do, the plain table is in use")
        }
        (ConvertOutcome::NothingToDo, Operation::Finish) => {
            format!("{table}: nothing to do, no other copy of it is kept")
        }
        (ConvertOutcome::Finished { partitioned, times }, _) => {
            let (stays, went) = if *partitioned { ("partitioned", "plain") } else { ("plain", "partitioned") };
            format!("{table} is {stays} for good; the {went} copy is dropped. {}", lock(times))
        }
        (ConvertOutcome::Done(report), Operation::Revert) => format!(
            "{table} is plain again; {}. {}. `partitions convert` goes back to the partitions, `partitions finish` drops them",
            same(report),
            lock(&report.times)
        ),
        (ConvertOutcome::Done(report), _) => {
            let seconds = report.copying.as_secs_f64();
            format!(
                "{table} is partitioned: {} rows were copied in {seconds:.1} s ({:.0} rows/s); {}. {}. The plain table is \
                 kept and keeps up: `partitions revert` goes back to it, `partitions finish` drops it",
                report.copied,
                report.copied as f64 / seconds.max(0.001),
                same(report),
                lock(&report.times)
            )
        }
    }
}

fn same(report: &ConvertReport) -> String {
    format!("both tables have {}", report.checksum)
}

fn lock(times: &LockTimes) -> String {
    let ms = |time: Duration| time.as_secs_f64() * 1_000.0;
    let tries = if times.attempts == 1 { "try".to_owned() } else { format!("of {} tries", times.attempts) };
    format!(
        "The exclusive lock was waited for {:.1} ms (1 {tries}) and held {:.1} ms",
        ms(times.waited),
        ms(times.held)
    )
}

/// A bar on a terminal, otherwise a line every few seconds.
struct Progress {
    table: PlainTable,
    bar: ProgressBar,
    last_line: Option<Instant>,
}

impl Progress {
    fn of(table: PlainTable) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{bar:32} {msg}, {eta} left");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { table, bar, last_line: None }
    }

    fn show(&mut self, step: Step) {
        let table = self.table;
        let (text, always) = match step {
            Step::Preparing => (format!("{table}: making partitions"), true),
            Step::Copying { rows, estimate, rate } => {
                self.bar.set_length(estimate);
                self.bar.set_position(rows);
                (format!("{table}: {rows} of some {estimate} rows copied, {rate:.0} rows/s"), false)
            }
            Step::Verifying => (format!("{table}: comparing both tables"), true),
            Step::Locking { attempt } => (format!("{table}: asking for the lock, try {attempt}"), attempt == 1),
        };
        if self.bar.is_hidden() && (always || self.last_line.is_none_or(|last| last.elapsed() >= LINE_INTERVAL)) {
            self.last_line = Some(Instant::now());
            console::note(&text);
        }
        self.bar.set_message(text);
    }
}

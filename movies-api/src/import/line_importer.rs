//! One pass over one file: a thread reads and checks lines, the caller gets batches.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinHandle;

use super::lines::{LONGEST, Line, LineReader};
use super::source::Source;
use super::{BadLine, ImportError};
use crate::storage::{BatchOutcome, CatalogueImport, Position, StorageError};

/// Batches that wait for the writer, beside the one that is being read and the one that is being written.
const WAITING: usize = 2;
/// Most bytes of lines in a batch: long lines make small batches, so that memory stays bounded.
const BATCH_BYTES: usize = 4 << 20;
/// Most lines in a batch, where most of them are not for us.
const BATCH_LINES: u64 = 100_000;

/// What a line was.
#[derive(Debug, PartialEq, Eq)]
pub enum LineResult {
    /// Of use.
    Used,
    /// Of use but for some parts; says which, and why.
    UsedPartly(String),
    /// Nothing: a blank line, a heading.
    Blank,
    /// Good, but not for the catalogue.
    LeftOut,
    /// Of no use; says why.
    Bad(String),
    /// A sign that this is another kind of file; says why.
    Foreign(String),
}

/// How the lines of one kind of file become items, and how items get into the catalogue.
pub trait LineImporter: Send + 'static {
    /// What goes into the catalogue.
    type Item: Send + 'static;
    /// Items in a batch.
    const ITEMS: usize;
    /// Whether its lines are film records, to be counted as such.
    const COUNTS: bool;

    /// Reads a line; pushes what is in it. Called for every line in order, also for those of an earlier run.
    fn parse(&mut self, number: u64, line: &[u8], items: &mut Vec<Self::Item>) -> LineResult;

    /// Brings a batch in, and the checkpoint with it.
    fn write(
        import: &mut CatalogueImport,
        items: Vec<Self::Item>,
        to: Position,
    ) -> impl Future<Output = Result<BatchOutcome, StorageError>> + Send;
}

/// Some lines of a file.
pub struct Batch<T> {
    /// What was in them.
    pub items: Vec<T>,
    /// Those that could not be used, or not all of them.
    pub bad: Vec<BadLine>,
    /// Lines that were records, bad ones included.
    pub read: u64,
    /// Of these, lines that an earlier run has brought in.
    pub resumed: u64,
    /// Lines that are not for the catalogue.
    pub left_out: u64,
    /// The place behind them.
    pub to: Position,
    /// Bytes of the file on disk that have been read.
    pub bytes: u64,
    /// Whether nothing comes after.
    pub last: bool,
}

/// A file that is being read.
pub struct FileReader<T> {
    /// Its batches, in order.
    pub batches: Receiver<Batch<T>>,
    /// Ends when the file has.
    pub end: JoinHandle<Result<(), ImportError>>,
}

/// Starts to read `source` behind `from`.
pub fn read<P: LineImporter>(source: Source, pass: P, from: Position) -> FileReader<P::Item> {
    let (sender, batches) = channel(WAITING);
    let end = tokio::task::spawn_blocking(move || {
        let opened = source.open()?;
        let (lines, garbage) = (LineReader::new(opened.text), opened.garbage);
        let consumed = move || opened.consumed.load(Ordering::Relaxed);
        Reader { source, pass, from, sender, lines, consumed, garbage }.run()
    });
    FileReader { batches, end }
}

struct Reader<P: LineImporter, R, C> {
    source: Source,
    pass: P,
    from: Position,
    sender: Sender<Batch<P::Item>>,
    lines: LineReader<R>,
    consumed: C,
    garbage: Arc<AtomicBool>,
}

impl<P: LineImporter, R: std::io::BufRead, C: Fn() -> u64> Reader<P, R, C> {
    fn run(mut self) -> Result<(), ImportError> {
        let mut batch = self.empty();
        let (mut first, mut size) = (0, 0);
        loop {
            let file = &self.source.name;
            let number = self.lines.number();
            let failed = |source| ImportError::Read { file: file.to_string(), line: number, source };
            let Some(line) = self.lines.next().map_err(failed)? else { break };
            let number = number + 1;
            let (text, verdict) = match line {
                Line::Whole(text) => (text, self.pass.parse(number, text, &mut batch.items)),
                Line::TooLong(text) => (&text[..200], LineResult::Bad(format!("is longer than {LONGEST} bytes"))),
            };
            size += text.len();
            if let LineResult::Foreign(reason) = verdict {
                return Err(ImportError::Foreign { file: file.to_string(), reason });
            }
            let done_before = number <= self.from.line;
            batch.note(file, number, text, verdict, done_before);
            if done_before {
                batch.items.clear();
                if number == self.from.line && self.lines.digest() != self.from.digest {
                    return Err(ImportError::Changed { file: file.to_string() });
                }
                if number.is_multiple_of(4096) && self.sender.is_closed() {
                    return Ok(());
                }
                first = number;
                if size >= BATCH_BYTES {
                    // bad lines only; they are reported once more, and the checkpoint stays where it is
                    let full = std::mem::replace(&mut batch, self.empty());
                    if !self.send(full, self.from.clone()) {
                        return Ok(());
                    }
                    size = 0;
                }
            } else if batch.items.len() >= P::ITEMS || size >= BATCH_BYTES || number - first >= BATCH_LINES {
                let full = std::mem::replace(&mut batch, self.empty());
                if !self.send(full, self.here()) {
                    return Ok(());
                }
                (first, size) = (number, 0);
            }
        }
        if self.lines.number() < self.from.line {
            return Err(ImportError::Changed { file: self.source.name.to_string() });
        }
        if self.garbage.load(Ordering::Relaxed) {
            let reason = "behind the packed data stands something that is not packed".to_owned();
            let (file, line) = (self.source.name.clone(), self.lines.number() + 1);
            batch.bad.push(BadLine { file, line, reason, text: String::new(), partly: false });
        }
        batch.last = true;
        self.send(batch, self.here());
        Ok(())
    }

    fn empty(&self) -> Batch<P::Item> {
        Batch {
            items: Vec::with_capacity(P::ITEMS),
            bad: Vec::new(),
            read: 0,
            resumed: 0,
            left_out: 0,
            to: Position::default(),
            bytes: 0,
            last: false,
        }
    }

    /// The place behind the last line.
    fn here(&self) -> Position {
        Position { step: self.from.step, line: self.lines.number(), digest: self.lines.digest() }
    }

    /// False when nobody listens any more.
    fn send(&self, mut batch: Batch<P::Item>, to: Position) -> bool {
        batch.bytes = (self.consumed)();
        batch.to = to;
        self.sender.blocking_send(batch).is_ok()
    }
}

impl<T> Batch<T> {
    fn report(&mut self, file: &Arc<str>, line: u64, text: &[u8], reason: String, partly: bool) {
        let text = String::from_utf8_lossy(text).into_owned();
        self.bad.push(BadLine { file: file.clone(), line, reason, text, partly });
    }

    fn note(&mut self, file: &Arc<str>, line: u64, text: &[u8], verdict: LineResult, done_before: bool) {
        match verdict {
            LineResult::Used => {
                self.read += 1;
                self.resumed += u64::from(done_before);
            }
            LineResult::LeftOut => self.left_out += 1,
            LineResult::UsedPartly(reason) => {
                self.read += 1;
                self.resumed += u64::from(done_before);
                self.report(file, line, text, format!("left out: {reason}"), true);
            }
            LineResult::Bad(reason) => {
                self.read += 1;
                self.report(file, line, text, reason, false);
            }
            LineResult::Blank | LineResult::Foreign(_) => {}
        }
    }
}

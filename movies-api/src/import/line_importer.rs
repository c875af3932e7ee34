//! Reading of one file: a thread reads and parses lines, the caller receives batches.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinHandle;

use super::lines::{Line, LineReader, MAX_LINE};
use super::source::Source;
use super::{BadLine, ImportError};
use crate::storage::{BatchOutcome, CatalogueImport, Position, StorageError};

/// Batches queued for the writer, besides the one being read and the one being written.
const WAITING: usize = 2;
/// Maximum bytes of lines in a batch: long lines make small batches, so that memory stays bounded.
const BATCH_BYTES: usize = 4 << 20;
/// Maximum lines in a batch, for files of mostly irrelevant lines.
const BATCH_LINES: u64 = 100_000;

/// Result of a line.
#[derive(Debug, PartialEq, Eq)]
pub enum LineResult {
    /// Used.
    Used,
    /// Used in part; with the parts left out, and the reasons.
    UsedPartly(String),
    /// A blank line or a heading.
    Blank,
    /// Valid, but not for the catalogue.
    LeftOut,
    /// Unusable, with the reason.
    Bad(String),
    /// Evidence of another kind of file, with the reason.
    Foreign(String),
}

/// Conversion of the lines of one kind of file to items, and their import into the catalogue.
pub trait LineImporter: Send + 'static {
    /// An item for the catalogue.
    type Item: Send + 'static;
    /// Items per batch.
    const ITEMS: usize;
    /// `true` when lines are film records and counted as such.
    const COUNTS: bool;

    /// Parses a line and pushes its items. Called for every line in order, also for those of an earlier run.
    fn parse(&mut self, number: u64, line: &[u8], items: &mut Vec<Self::Item>) -> LineResult;

    /// Writes a batch together with its checkpoint.
    fn write(
        import: &mut CatalogueImport,
        items: Vec<Self::Item>,
        to: Position,
    ) -> impl Future<Output = Result<BatchOutcome, StorageError>> + Send;
}

/// Consecutive lines of a file.
pub struct Batch<T> {
    /// Their items.
    pub items: Vec<T>,
    /// Lines that are unusable or used in part.
    pub bad: Vec<BadLine>,
    /// Lines that are records, bad ones included.
    pub read: u64,
    /// Of these, lines that an earlier run has imported.
    pub resumed: u64,
    /// Lines that are not for the catalogue.
    pub left_out: u64,
    /// The position after them.
    pub to: Position,
    /// Bytes of the file on disk that have been read.
    pub bytes: u64,
    /// `true` for the last batch.
    pub last: bool,
}

/// A file being read.
pub struct FileReader<T> {
    /// Its batches, in order.
    pub batches: Receiver<Batch<T>>,
    /// Completes at the end of the file.
    pub end: JoinHandle<Result<(), ImportError>>,
}

/// Starts reading `source` after `from`.
pub fn read<P: LineImporter>(source: Source, importer: P, from: Position) -> FileReader<P::Item> {
    let (sender, batches) = channel(WAITING);
    let end = tokio::task::spawn_blocking(move || {
        let opened = source.open()?;
        let (lines, garbage) = (LineReader::new(opened.text), opened.garbage);
        let consumed = move || opened.consumed.load(Ordering::Relaxed);
        Reader { source, importer, from, sender, lines, consumed, garbage }.run()
    });
    FileReader { batches, end }
}

struct Reader<P: LineImporter, R, C> {
    source: Source,
    importer: P,
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
            let (text, result) = match line {
                Line::Whole(text) => (text, self.importer.parse(number, text, &mut batch.items)),
                Line::TooLong(text) => (&text[..200], LineResult::Bad(format!("is longer than {MAX_LINE} bytes"))),
            };
            size += text.len();
            if let LineResult::Foreign(reason) = result {
                return Err(ImportError::Foreign { file: file.to_string(), reason });
            }
            let done_before = number <= self.from.line;
            batch.record(file, number, text, result, done_before);
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
                    // bad lines only; they are reported again, and the checkpoint stays where it is
                    let full = std::mem::replace(&mut batch, self.empty());
                    if !self.send(full, self.from.clone()) {
                        return Ok(());
                    }
                    size = 0;
                }
            } else if batch.items.len() >= P::ITEMS || size >= BATCH_BYTES || number - first >= BATCH_LINES {
                let full = std::mem::replace(&mut batch, self.empty());
                if !self.send(full, self.position()) {
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
        self.send(batch, self.position());
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

    /// The position after the last line.
    fn position(&self) -> Position {
        Position { step: self.from.step, line: self.lines.number(), digest: self.lines.digest() }
    }

    /// `false` when the receiver was dropped.
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

    fn record(&mut self, file: &Arc<str>, line: u64, text: &[u8], result: LineResult, done_before: bool) {
        match result {
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

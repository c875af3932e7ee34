//! Reports of an import.

use std::sync::Arc;
use std::time::Duration;

use crate::storage::BatchOutcome;

/// Counts of an import.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// Film records read, bad ones included.
    pub read: u64,
    /// Of these, records that an earlier run had imported.
    pub resumed: u64,
    /// New films.
    pub new: u64,
    /// Changed films.
    pub changed: u64,
    /// Films without a change.
    pub unchanged: u64,
    /// Films that an editor has deleted and that stay deleted.
    pub deleted: u64,
    /// Records of the source that are no films, or have no year.
    pub left_out: u64,
    /// Unusable lines.
    pub bad: u64,
    /// Lines used in part.
    pub partly: u64,
    /// Duration.
    pub elapsed: Duration,
    /// `true` when it was stopped before its end.
    pub interrupted: bool,
}

impl ImportReport {
    /// Exit code of the command: 0 = complete, 3 = complete but for the reported lines, 130 = interrupted.
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self { interrupted: true, .. } => 130,
            Self { bad: 1.., .. } | Self { partly: 1.., .. } => 3,
            _ => 0,
        }
    }

    pub(super) const fn add(&mut self, outcome: BatchOutcome) {
        self.new += outcome.new;
        self.changed += outcome.changed;
        self.unchanged += outcome.unchanged;
        self.deleted += outcome.deleted;
    }
}

/// An unusable line, or one used in part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadLine {
    /// Name of the file.
    pub file: Arc<str>,
    /// Its number, from 1.
    pub line: u64,
    /// The reason.
    pub reason: String,
    /// The line itself; invalid UTF-8 is replaced, and over-long lines are truncated.
    pub text: String,
    /// `true` when only a part is left out.
    pub partly: bool,
}

/// Observer of an import.
pub trait ImportObserver: Send {
    /// A file of `bytes` bytes on disk is about to be read; `files_bytes` counts all files of the import.
    fn file_started(&mut self, _name: &str, _bytes: u64, _files_bytes: u64) {}

    /// A batch is committed; `bytes` of the current file have been read, more than its size when all files are done.
    fn batch_done(&mut self, _report: &ImportReport, _bytes: u64) {}

    /// A bad line.
    fn bad_line(&mut self, _bad: &BadLine) {}

    /// A message for people.
    fn message(&mut self, _text: &str) {}
}

/// Ignores all events.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl ImportObserver for Silent {}

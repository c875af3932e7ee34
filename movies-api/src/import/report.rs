//! What an import tells of itself.

use std::sync::Arc;
use std::time::Duration;

use crate::storage::BatchOutcome;

/// What an import has done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// Film records that were read, bad ones included.
    pub read: u64,
    /// Of these, records that an earlier run had brought in already.
    pub resumed: u64,
    /// Films that were not there.
    pub new: u64,
    /// Films of which something has changed.
    pub changed: u64,
    /// Films that were like that already.
    pub unchanged: u64,
    /// Films that an editor has deleted and that stay deleted.
    pub deleted: u64,
    /// Records of the source that are no films, or have no year.
    pub left_out: u64,
    /// Lines that could not be used.
    pub bad: u64,
    /// Lines of which a part could not be used; the rest is in.
    pub partly: u64,
    /// How long it took.
    pub elapsed: Duration,
    /// Whether it was asked to stop before its end.
    pub interrupted: bool,
}

impl ImportReport {
    /// Exit code of the command: 0 = all is in, 3 = all but what was reported is in, 130 = interrupted.
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

/// A line that could not be used, or not all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadLine {
    /// Name of the file.
    pub file: Arc<str>,
    /// Its number, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub reason: String,
    /// The line itself; what is not UTF-8 in it is replaced, and over-long ones are cut.
    pub text: String,
    /// `true` when only a part is left out.
    pub partly: bool,
}

/// Somebody who watches an import.
pub trait ImportObserver: Send {
    /// A file of `bytes` bytes on disk is about to be read; `files_bytes` counts all files of the import.
    fn file_started(&mut self, _name: &str, _bytes: u64, _files_bytes: u64) {}

    /// A batch is in; `bytes` of the present file have been read, more than it has when all files are done.
    fn batch_done(&mut self, _report: &ImportReport, _bytes: u64) {}

    /// A line could not be used.
    fn bad_line(&mut self, _bad: &BadLine) {}

    /// Something that people should know.
    fn note(&mut self, _text: &str) {}
}

/// Watches nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl ImportObserver for Silent {}

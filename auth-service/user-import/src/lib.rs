//! Import of accounts of another system from NDJSON: one JSON object a line, read as a stream of bounded lines, written
//! in batches with the progress of the file, so that an interrupted import continues where it was.
//!
//! An imported address is a claim of its account like a typed one. Hashes of other systems are kept; the first sign-in
//! replaces them.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test that cannot go on should fail"))]

mod importer;
mod lines;
mod record;
mod source;

pub use importer::{ImportEvent, ImportFailure, ImportSummary, Importer};
pub use lines::MAX_LINE_BYTES;
pub use record::{LineError, RecordRules};
pub use source::{ImportFile, OpenImportError};

//! Imports of films: NDJSON files, IMDb's TSV files and the catalogue that ships with the service.
//!
//! A thread reads and parses lines, the caller's task writes batches. A batch and its checkpoint are committed
//! together, so an import can be interrupted at any moment and resumed.

mod builtin;
mod error;
mod fingerprint;
mod format;
mod gzip;
mod imdb;
mod line_importer;
mod lines;
mod ndjson;
mod partial;
mod path;
mod progress;
mod rejects;
mod report;
mod run;
mod source;

pub use builtin::load_builtin;
pub use error::ImportError;
pub use format::ForeignFormat;
pub use path::{ImportOptions, import_path};
pub use progress::Progress;
pub use report::{BadLine, ImportObserver, ImportReport, Silent};
pub use run::StopSignal;

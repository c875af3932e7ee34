//! An import from its path to its report.

use std::path::{Path, PathBuf};
use std::time::Instant;

use chrono::{DateTime, Utc};
use contracts::movies::access::Tier;
use tokio::sync::watch;

use super::format::Text;
use super::line_importer::{LineImporter, read};
use super::ndjson::{FilmRecords, Layout};
use super::rejects::Rejects;
use super::source::Source;
use super::{ImportError, ImportObserver, ImportReport, imdb};
use crate::storage::{CatalogueImport, CatalogueStore, Position};

/// Becomes `true` when the import must finish the current batch and stop.
pub type StopSignal = watch::Receiver<bool>;

/// Source and options of an import.
#[derive(Debug, Clone)]
pub struct ImportOptions {
    /// An NDJSON file, a folder of IMDb's TSV files, or its title.basics.tsv; plain or gzip, a file or a pipe.
    pub path: PathBuf,
    /// File for rejected lines.
    pub rejects: Option<PathBuf>,
    /// Tier of new films without one in the source.
    pub tier: Tier,
    /// `true` ignores the checkpoint of an earlier run.
    pub restart: bool,
}

/// Imports the source at `options.path`. `now` becomes the time of change of all films that it changes.
///
/// # Errors
/// When the source or the catalogue fails; not for bad lines. Committed batches stay, and the next import of the same
/// source resumes after them.
pub async fn import_path(
    store: &CatalogueStore,
    options: &ImportOptions,
    now: DateTime<Utc>,
    stop: StopSignal,
    observer: &mut dyn ImportObserver,
) -> Result<ImportReport, ImportError> {
    let started = Instant::now();
    let files = Files::find(&options.path)?;
    let mut restart = options.restart || files.are_read_once();
    loop {
        let import = store.begin_import(&files.fingerprint(), &files.name(), restart, options.tier, now).await?;
        let rejects = Rejects::create(options.rejects.as_deref())?;
        let report = ImportReport::default();
        let mut run = Run { import, report, rejects, stop: stop.clone(), observer: &mut *observer };
        let done = match &files {
            Files::Ndjson(source, layout) => run.import_records(source, *layout).await,
            Files::Imdb(files) => imdb::import_files(&mut run, files).await,
        };
        let mut report = run.report;
        match done {
            Ok(()) => {
                report.elapsed = started.elapsed();
                return Ok(report);
            }
            Err(error @ ImportError::Changed { .. }) if !restart => {
                observer.message(&format!("{error}; it is read again from its start"));
                restart = true;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Kind of source at a path.
enum Files {
    Ndjson(Source, Layout),
    Imdb(Box<imdb::ImdbFiles>),
}

impl Files {
    fn find(path: &Path) -> Result<Self, ImportError> {
        let facts = std::fs::metadata(path).map_err(|source| ImportError::Open { path: path.to_owned(), source })?;
        if facts.is_dir() {
            return Ok(Self::Imdb(Box::new(imdb::ImdbFiles::in_folder(path)?)));
        }
        let source = Source::inspect(path)?;
        let beginning = source.beginning()?;
        let path = path.to_owned();
        if beginning.is_empty() {
            return Err(ImportError::Empty { path });
        }
        match Text::of(&beginning) {
            Text::Records => Ok(Self::Ndjson(source, Layout::Lines)),
            Text::ArrayOfRecords => Ok(Self::Ndjson(source, Layout::Array)),
            Text::Titles => Ok(Self::Imdb(Box::new(imdb::ImdbFiles::basics_only(source)))),
            Text::Imdb => Err(ImportError::NeedsBasics { path }),
            Text::Array => Err(ImportError::Array { path }),
            Text::Foreign(format) => Err(ImportError::Format { path, format }),
        }
    }

    /// `true` when the files can be read only once, so that their import cannot be resumed.
    fn are_read_once(&self) -> bool {
        match self {
            Self::Ndjson(source, _) => source.is_pipe(),
            Self::Imdb(files) => files.all().any(Source::is_pipe),
        }
    }

    fn fingerprint(&self) -> String {
        match self {
            Self::Ndjson(source, _) => source.fingerprint.clone(),
            Self::Imdb(files) => files.fingerprint(),
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Ndjson(source, _) => source.name.to_string(),
            Self::Imdb(files) => files.name(),
        }
    }
}

/// A running import.
pub struct Run<'a> {
    /// Its writes to the catalogue.
    pub import: CatalogueImport,
    /// Its counts so far.
    pub report: ImportReport,
    rejects: Rejects,
    stop: StopSignal,
    /// Its observer.
    pub observer: &'a mut dyn ImportObserver,
}

impl Run<'_> {
    async fn import_records(&mut self, source: &Source, layout: Layout) -> Result<(), ImportError> {
        self.observer.file_started(&source.name, source.bytes, source.bytes);
        if self.import_file(source, FilmRecords::in_layout(layout)).await? {
            self.import.finish().await?;
        }
        Ok(())
    }

    /// Reads one file to its end; returns `false` when a stop was requested before.
    pub async fn import_file<P: LineImporter>(&mut self, source: &Source, importer: P) -> Result<bool, ImportError> {
        let mut reader = read(source.clone(), importer, self.import.position());
        let stopped = loop {
            let batch = tokio::select! {
                biased;
                () = stop_requested(&mut self.stop) => break true,
                batch = reader.batches.recv() => batch,
            };
            let Some(batch) = batch else { break false };
            if P::COUNTS {
                self.report.read += batch.read;
                self.report.resumed += batch.resumed;
                self.report.left_out += batch.left_out;
            }
            let partly = batch.bad.iter().filter(|bad| bad.partly).count();
            self.report.partly += partly as u64;
            self.report.bad += (batch.bad.len() - partly) as u64;
            self.rejects.write(&batch.bad)?;
            batch.bad.iter().for_each(|bad| self.observer.bad_line(bad));
            let outcome = P::write(&mut self.import, batch.items, batch.to).await?;
            self.report.add(outcome);
            self.observer.batch_done(&self.report, batch.bytes);
            if batch.last {
                break false; // the file is complete, even if a stop was requested meanwhile
            }
        };
        reader.batches.close();
        drop(reader.batches);
        reader.end.await.map_err(ImportError::Reader)??;
        self.report.interrupted |= stopped;
        Ok(!stopped)
    }

    /// `true` when a stop was requested.
    pub fn is_stopped(&mut self) -> bool {
        let stopped = *self.stop.borrow();
        self.report.interrupted |= stopped;
        stopped
    }

    /// Moves to the start of a step.
    pub async fn enter_step(&mut self, step: u8) -> Result<(), ImportError> {
        self.import.move_to(Position { step, ..Position::default() }).await?;
        Ok(())
    }
}

/// Waits for a stop request; forever when the sender was dropped.
async fn stop_requested(stop: &mut StopSignal) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending().await
    }
}

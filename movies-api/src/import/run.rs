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

/// Turns `true` when the import shall finish the running batch and stop.
pub type StopSignal = watch::Receiver<bool>;

/// What to import, and how.
#[derive(Debug, Clone)]
pub struct ImportOptions {
    /// An NDJSON file, a folder of IMDb's TSV files, or its title.basics.tsv; plain or gzip, a file or a pipe.
    pub path: PathBuf,
    /// Where to write bad lines.
    pub rejects: Option<PathBuf>,
    /// Tier of new films whose source names none.
    pub tier: Tier,
    /// Whether to begin anew although an earlier run has got somewhere.
    pub restart: bool,
}

/// Imports what is at `options.path`. `now` becomes the time of change of all films that it touches.
///
/// # Errors
/// When the source or the catalogue fails; not for bad lines. What was committed stays, and the next import of the same
/// source goes on from there.
pub async fn import_path(
    store: &CatalogueStore,
    options: &ImportOptions,
    now: DateTime<Utc>,
    stop: StopSignal,
    observer: &mut dyn ImportObserver,
) -> Result<ImportReport, ImportError> {
    let begun = Instant::now();
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
                report.elapsed = begun.elapsed();
                return Ok(report);
            }
            Err(error @ ImportError::Changed { .. }) if !restart => {
                observer.note(&format!("{error}; it is read again from its start"));
                restart = true;
            }
            Err(error) => return Err(error),
        }
    }
}

/// What a path leads to.
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
            Text::Imdb => Err(ImportError::NotAlone { path }),
            Text::Array => Err(ImportError::Array { path }),
            Text::Foreign(format) => Err(ImportError::Format { path, format }),
        }
    }

    /// `true` when they cannot be read a second time, and so not be resumed.
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

/// An import under way.
pub struct Run<'a> {
    /// Its place in the catalogue.
    pub import: CatalogueImport,
    /// What it has done.
    pub report: ImportReport,
    rejects: Rejects,
    stop: StopSignal,
    /// Who watches.
    pub observer: &'a mut dyn ImportObserver,
}

impl Run<'_> {
    async fn import_records(&mut self, source: &Source, layout: Layout) -> Result<(), ImportError> {
        self.observer.file_started(&source.name, source.bytes, source.bytes);
        if self.pass(source, FilmRecords::in_layout(layout)).await? {
            self.import.finish().await?;
        }
        Ok(())
    }

    /// Reads one file to its end; false when it was asked to stop before.
    pub async fn pass<P: LineImporter>(&mut self, source: &Source, pass: P) -> Result<bool, ImportError> {
        let mut reading = read(source.clone(), pass, self.import.position());
        let stopped = loop {
            let batch = tokio::select! {
                biased;
                () = stop_requested(&mut self.stop) => break true,
                batch = reading.batches.recv() => batch,
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
                break false; // the file is done, whatever was asked for meanwhile
            }
        };
        reading.batches.close();
        drop(reading.batches);
        reading.end.await.map_err(ImportError::Reader)??;
        self.report.interrupted |= stopped;
        Ok(!stopped)
    }

    /// Whether it was asked to stop.
    pub fn is_stopped(&mut self) -> bool {
        let stopped = *self.stop.borrow();
        self.report.interrupted |= stopped;
        stopped
    }

    /// Goes to the start of a pass.
    pub async fn enter_step(&mut self, step: u8) -> Result<(), ImportError> {
        self.import.move_to(Position { step, ..Position::default() }).await?;
        Ok(())
    }
}

/// Waits until a stop is asked for; for ever when nobody is left who could ask.
async fn stop_requested(stop: &mut StopSignal) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending().await
    }
}

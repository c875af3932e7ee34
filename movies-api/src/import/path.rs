//! An import from its path to its report.

use std::path::{Path, PathBuf};
use std::time::Instant;

use chrono::{DateTime, Utc};
use contracts::movies::access::Tier;

use super::format::Text;
use super::ndjson::{FilmRecords, Layout};
use super::rejects::Rejects;
use super::run::{Run, StopSignal};
use super::source::Source;
use super::{ImportError, ImportObserver, ImportReport, imdb};
use crate::storage::CatalogueStore;

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
            Files::Ndjson(source, layout) => import_records(&mut run, source, *layout).await,
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

async fn import_records(run: &mut Run<'_>, source: &Source, layout: Layout) -> Result<(), ImportError> {
    run.observer.file_started(&source.name, source.bytes, source.bytes);
    if run.import_file(source, FilmRecords::in_layout(layout)).await? {
        run.import.finish().await?;
    }
    Ok(())
}

//! Steps of an IMDb import: one per file, then the composition of films.

use super::compose::compose;
use super::files::ImdbFiles;
use super::people::{Crew, Names, Principals};
use super::table::{Table, TableImporter};
use super::titles::{Akas, Basics, Ratings};
use crate::import::ImportError;
use crate::import::run::Run;
use crate::import::source::Source;
use crate::storage::Position;

/// Films per batch.
const FILMS: u64 = 1_000;

/// The step after all files: composition.
const COMPOSE: u8 = 6;

/// Imports IMDb's files; each step resumes where an earlier run stopped.
pub async fn import_files(run: &mut Run<'_>, files: &ImdbFiles) -> Result<(), ImportError> {
    if files.names.is_none() && (files.crew.is_some() || files.principals.is_some()) {
        run.observer.message("without name.basics nobody has a name: films go in without their people");
    }
    let people = |source: &Option<Source>| source.clone().filter(|_| files.names.is_some());
    let steps = Steps { bytes: files.all().map(|source| source.bytes).sum() };
    let done = steps.import_step::<Basics, _>(run, 0, Some(files.basics.clone())).await?
        && steps.import_step::<Ratings, _>(run, 1, files.ratings.clone()).await?
        && steps.import_step::<Akas, _>(run, 2, files.akas.clone()).await?
        && steps.import_step::<Crew, _>(run, 3, people(&files.crew)).await?
        && steps.import_step::<Principals, _>(run, 4, people(&files.principals)).await?
        && steps.import_step::<Names, _>(run, 5, files.names.clone()).await?
        && compose_films(run).await?;
    if done {
        run.import.finish().await?;
    }
    Ok(())
}

struct Steps {
    /// Bytes of all files.
    bytes: u64,
}

impl Steps {
    /// Imports one file; returns `false` when a stop was requested. A file that is absent, or that an earlier run has
    /// read, is done at once.
    async fn import_step<T: Table<N>, const N: usize>(
        &self,
        run: &mut Run<'_>,
        step: u8,
        source: Option<Source>,
    ) -> Result<bool, ImportError> {
        if run.import.position().step != step {
            return Ok(true);
        }
        if let Some(source) = source {
            run.observer.file_started(&source.name, source.bytes, self.bytes);
            if !run.import_file(&source, TableImporter::<T, N>::default()).await? {
                return Ok(false);
            }
        }
        run.enter_step(step + 1).await?;
        Ok(true)
    }
}

/// Composes films in the order of their keys; returns `false` when a stop was requested.
async fn compose_films(run: &mut Run<'_>) -> Result<bool, ImportError> {
    run.observer.message("all files are read, putting films together");
    let mut after = String::from("tt"); // names ("nm…") come before
    loop {
        if run.is_stopped() {
            return Ok(false);
        }
        let (titles, names) = run.import.staged_titles(&after, FILMS).await?;
        let Some(last) = titles.last() else { return Ok(true) };
        after.clone_from(&last.key);
        let records = titles.iter().filter_map(|title| compose(title, &names)).collect();
        let keys: Vec<String> = titles.into_iter().map(|title| title.key).collect();
        let line = run.import.position().line + keys.len() as u64;
        let to = Position { step: COMPOSE, line, digest: String::new() };
        let outcome = run.import.upsert_staged(records, &keys, to).await?;
        run.report.add(outcome);
        run.observer.batch_done(&run.report, u64::MAX); // all bytes of all files are read
    }
}

//! One file after the other, then the films.

use super::compose::compose;
use super::files::ImdbFiles;
use super::people::{Crew, Names, Principals};
use super::table::{Table, TablePass};
use super::titles::{Akas, Basics, Ratings};
use crate::import::ImportError;
use crate::import::run::Run;
use crate::import::source::Source;
use crate::storage::Position;

/// Films that are put together at a time.
const FILMS: u64 = 1_000;

/// The step after all files: putting films together.
const COMPOSE: u8 = 6;

/// Imports IMDb's files; each pass goes on where it was broken off.
pub async fn import_files(run: &mut Run<'_>, files: &ImdbFiles) -> Result<(), ImportError> {
    if files.names.is_none() && (files.crew.is_some() || files.principals.is_some()) {
        run.observer.note("without name.basics nobody has a name: films go in without their people");
    }
    let people = |source: &Option<Source>| source.clone().filter(|_| files.names.is_some());
    let steps = Steps { bytes: files.all().map(|source| source.bytes).sum() };
    let done = steps.pass::<Basics, _>(run, 0, Some(files.basics.clone())).await?
        && steps.pass::<Ratings, _>(run, 1, files.ratings.clone()).await?
        && steps.pass::<Akas, _>(run, 2, files.akas.clone()).await?
        && steps.pass::<Crew, _>(run, 3, people(&files.crew)).await?
        && steps.pass::<Principals, _>(run, 4, people(&files.principals)).await?
        && steps.pass::<Names, _>(run, 5, files.names.clone()).await?
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
    /// One file; false when the import was asked to stop. A file that is not there, or that an earlier run has read, is
    /// done at once.
    async fn pass<T: Table<N>, const N: usize>(
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
            if !run.pass(&source, TablePass::<T, N>::default()).await? {
                return Ok(false);
            }
        }
        run.enter_step(step + 1).await?;
        Ok(true)
    }
}

/// Puts the films together, in the order of their keys; false when the import was asked to stop.
async fn compose_films(run: &mut Run<'_>) -> Result<bool, ImportError> {
    run.observer.note("all files are read, putting films together");
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

//! Locates IMDb's files.

use std::path::Path;

use crate::import::ImportError;
use crate::import::fingerprint::joined;
use crate::import::source::Source;

/// The files of one import, in reading order. `title.episode` is not used.
#[derive(Debug, Clone)]
pub struct ImdbFiles {
    /// title.basics: the films.
    pub basics: Source,
    /// title.ratings
    pub ratings: Option<Source>,
    /// title.akas: Russian titles.
    pub akas: Option<Source>,
    /// title.crew: directors and writers.
    pub crew: Option<Source>,
    /// title.principals: actors.
    pub principals: Option<Source>,
    /// name.basics: names of people.
    pub names: Option<Source>,
}

impl ImdbFiles {
    /// Finds the files in a folder, each plain or compressed.
    pub fn in_folder(folder: &Path) -> Result<Self, ImportError> {
        let Some(basics) = find(folder, "title.basics")? else {
            return Err(ImportError::NoBasics { path: folder.to_owned() });
        };
        Ok(Self {
            basics,
            ratings: find(folder, "title.ratings")?,
            akas: find(folder, "title.akas")?,
            crew: find(folder, "title.crew")?,
            principals: find(folder, "title.principals")?,
            names: find(folder, "name.basics")?,
        })
    }

    /// Films without ratings, people and Russian titles.
    pub const fn basics_only(basics: Source) -> Self {
        Self { basics, ratings: None, akas: None, crew: None, principals: None, names: None }
    }

    /// All existing files.
    pub fn all(&self) -> impl Iterator<Item = &Source> {
        let others = [&self.ratings, &self.akas, &self.crew, &self.principals, &self.names];
        std::iter::once(&self.basics).chain(others.into_iter().flatten())
    }

    /// Fingerprint of all files together.
    pub fn fingerprint(&self) -> String {
        joined(self.all().map(|source| source.fingerprint.as_str()))
    }

    /// Name for people.
    pub fn name(&self) -> String {
        let folder = self.basics.path.parent().unwrap_or(&self.basics.path);
        folder.display().to_string()
    }
}

fn find(folder: &Path, stem: &str) -> Result<Option<Source>, ImportError> {
    for name in [format!("{stem}.tsv"), format!("{stem}.tsv.gz")] {
        let path = folder.join(name);
        if path.exists() && !path.is_dir() {
            return Source::inspect(&path).map(Some);
        }
    }
    Ok(None)
}

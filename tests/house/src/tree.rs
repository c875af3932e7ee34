//! The files of the project, read once; rules get a tree in memory.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// Folders that hold nothing of the project, wherever they are.
const SKIPPED: [&str; 3] = ["target", ".git", "node_modules"];
/// The data folder of a program that was started here.
const DATA: &str = "data";

/// Files by their path from the root, with `/` between folders. Files that are no text are there and empty.
#[derive(Debug, Clone, Default)]
pub struct Tree(BTreeMap<String, String>);

impl Tree {
    /// Reads all files below `root`.
    ///
    /// # Errors
    /// A folder or a file that cannot be read.
    pub fn read(root: &Path) -> io::Result<Self> {
        let mut files = BTreeMap::new();
        let mut folders = vec![root.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder)? {
                let entry = entry?;
                let (path, name) = (entry.path(), entry.file_name());
                if SKIPPED.iter().any(|skipped| name == *skipped) || folder == root && name == DATA {
                    continue;
                }
                let kind = entry.file_type()?;
                if kind.is_dir() {
                    folders.push(path);
                } else if kind.is_file() {
                    let text = String::from_utf8(std::fs::read(&path)?).unwrap_or_default();
                    let path = path.strip_prefix(root).map_err(io::Error::other)?;
                    files.insert(path.to_string_lossy().into_owned(), text);
                }
            }
        }
        Ok(Self(files))
    }

    /// A tree of these files.
    pub fn of<const N: usize>(files: [(&str, &str); N]) -> Self {
        Self(files.map(|(path, text)| (path.to_owned(), text.to_owned())).into())
    }

    /// Adds a file, or replaces it.
    pub fn insert(&mut self, path: &str, text: &str) {
        self.0.insert(path.to_owned(), text.to_owned());
    }

    /// The text of a file.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(String::as_str)
    }

    /// All files with their text.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// Files in `folder` or below it.
    pub fn below(&self, folder: &str) -> impl Iterator<Item = (&str, &str)> {
        self.files().filter(move |(path, _)| is_below(path, folder))
    }

    /// `true` for a file or a folder of the tree.
    pub fn has(&self, path: &str) -> bool {
        path.is_empty() || self.0.contains_key(path) || self.below(path).next().is_some()
    }
}

/// `true` when `path` is in `folder` or below it; the empty folder is the root.
pub fn is_below(path: &str, folder: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// The folder of a path; empty at the root.
pub fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_there_when_a_file_is_below_it() {
        let tree = Tree::of([("docs/pictures/a.png", ""), ("README.md", "text")]);
        assert!(tree.has("docs") && tree.has("docs/pictures") && tree.has("docs/pictures/a.png") && tree.has(""));
        assert!(!tree.has("doc") && !tree.has("docs/pictures/b.png"));
        assert_eq!(tree.below("docs").count(), 1);
        assert_eq!((folder_of("docs/pictures/a.png"), folder_of("README.md")), ("docs/pictures", ""));
    }
}

//! A breach of a rule: place, fact and remedy.

use std::fmt;

/// One breach.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Path from the root of the tree.
    pub file: String,
    /// Line, counted from 1.
    pub line: usize,
    /// The fact.
    pub fact: String,
    /// The remedy.
    pub remedy: String,
}

impl Finding {
    /// A breach at `file:line`.
    pub fn new(file: &str, line: usize, fact: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, fact: fact.into(), remedy: remedy.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}\n    remedy: {}", self.file, self.line, self.fact, self.remedy)
    }
}

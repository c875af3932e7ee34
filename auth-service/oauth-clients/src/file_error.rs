//! Errors of the operator's files.

/// Error of a file of clients or of resources.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It is not TOML, or has unknown fields.
    #[error("the file cannot be read: {0}")]
    Syntax(#[from] toml::de::Error),
    /// An entry is not valid.
    #[error("{0}")]
    Entry(String),
}

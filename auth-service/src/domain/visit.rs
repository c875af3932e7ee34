//! Who asks for something, as far as it matters afterwards.

use super::{Language, Place};

/// Where a request comes from, and in which language to answer its sender later, by mail.
#[derive(Debug, Clone, Default)]
pub struct Visit {
    /// Where.
    pub place: Place,
    /// In which language.
    pub language: Language,
}

//! Who asks for something, as far as it matters afterwards.

use super::{ClientLocation, Language};

/// Where a request comes from, and in which language to answer its sender later, by mail.
#[derive(Debug, Clone, Default)]
pub struct ClientContext {
    /// Where.
    pub place: ClientLocation,
    /// In which language.
    pub language: Language,
}

//! Parts of all languages: the shape of a text, and names inside of lines.

/// Maximum length of a provider's name in a mail, in characters.
const MAX_NAME: usize = 64;

/// Subject and body of a mail. The subject is a constant and never holds text from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Text {
    /// Single line.
    pub subject: &'static str,
    /// Plain text; lines end with `\n`.
    pub body: String,
}

/// A name from the settings, made safe for use inside of a line.
pub(super) fn name(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(MAX_NAME).collect()
}

//! Names inside of lines, for all languages.

/// Maximum length of a provider's name in a mail, in characters.
const MAX_NAME: usize = 64;

/// A name from the settings, made safe for use inside of a line.
pub(super) fn name(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(MAX_NAME).collect()
}

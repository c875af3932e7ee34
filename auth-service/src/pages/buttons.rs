//! The buttons of the social providers that are offered.

use crate::domain::Language;
use crate::providers::Providers;

/// One button.
pub struct Button {
    /// The provider's name in URLs.
    pub id: String,
    /// What stands on it.
    pub label: String,
    /// The first letter of that, as a picture.
    pub letter: String,
}

/// All of them, in the order in which they are offered.
pub fn of(providers: &Providers, language: Language) -> Vec<Button> {
    let button = |id: String, label: &str| Button { id, label: label.to_owned(), letter: letter(label) };
    providers.iter().map(|offered| button(offered.id.to_string(), offered.label.of(language))).collect()
}

/// The picture of a provider: the first letter of its name.
pub fn letter(name: &str) -> String {
    name.chars().next().map(|letter| letter.to_uppercase().collect()).unwrap_or_default()
}

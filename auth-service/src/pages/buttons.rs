//! Buttons of the enabled social providers.

use contracts::Language;
use social_providers::Providers;

/// Button of a provider.
pub struct Button {
    /// Provider id, as in URLs.
    pub id: String,
    /// Label.
    pub label: String,
    /// First letter of the label, shown as an icon.
    pub letter: String,
}

/// Buttons of all providers, in their order.
pub fn of(providers: &Providers, language: Language) -> Vec<Button> {
    let button = |id: String, label: &str| Button { id, label: label.to_owned(), letter: letter(label) };
    providers.iter().map(|offered| button(offered.id.to_string(), offered.label.of(language))).collect()
}

/// Icon of a provider: the first letter of its name.
pub fn letter(name: &str) -> String {
    name.chars().next().map(|letter| letter.to_uppercase().collect()).unwrap_or_default()
}

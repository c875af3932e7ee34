//! Enabled providers.

use std::sync::Arc;

use contracts::Language;
use contracts::auth::social::ProviderId;

use crate::provider::Provider;

/// Enabled provider.
#[derive(Clone)]
pub struct EnabledProvider {
    /// Id in URLs and rows.
    pub id: ProviderId,
    /// Label of its button.
    pub label: Label,
    /// Client of the provider.
    pub provider: Arc<dyn Provider>,
}

/// Localized name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Russian.
    pub ru: String,
    /// English.
    pub en: String,
}

impl Label {
    /// Name in `language`.
    pub fn of(&self, language: Language) -> &str {
        match language {
            Language::Ru => &self.ru,
            Language::En => &self.en,
        }
    }
}

/// Enabled providers, in the order of the buttons.
#[derive(Clone, Default)]
pub struct Providers(Arc<[EnabledProvider]>);

impl Providers {
    /// Keeps the order. Of two with one id, the first is found.
    pub fn new(offered: Vec<EnabledProvider>) -> Self {
        Self(offered.into())
    }

    /// Provider with this id.
    pub fn find(&self, id: &ProviderId) -> Option<&EnabledProvider> {
        self.iter().find(|offered| offered.id == *id)
    }

    /// All providers.
    pub fn iter(&self) -> impl Iterator<Item = &EnabledProvider> {
        self.0.iter()
    }

    /// Localized name of a provider; its id when it is no longer enabled.
    pub fn name(&self, id: &ProviderId, language: Language) -> String {
        self.find(id).map_or_else(|| id.as_str().to_owned(), |offered| offered.label.of(language).to_owned())
    }

    /// Ids of all providers.
    pub fn ids(&self) -> Vec<ProviderId> {
        self.iter().map(|offered| offered.id.clone()).collect()
    }
}

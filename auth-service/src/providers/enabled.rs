//! The providers that the settings enable.

use std::sync::Arc;

use super::provider::Provider;
use crate::domain::Language;
use crate::domain::ProviderId;

/// One provider as people meet it.
#[derive(Clone)]
pub struct EnabledProvider {
    /// Its name in URLs and rows.
    pub id: ProviderId,
    /// What to write on its button.
    pub label: Label,
    /// How to talk to it.
    pub provider: Arc<dyn Provider>,
}

/// A name in the languages of the pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// In Russian.
    pub ru: String,
    /// In English.
    pub en: String,
}

impl Label {
    /// The name in one language.
    pub fn of(&self, language: Language) -> &str {
        match language {
            Language::Ru => &self.ru,
            Language::En => &self.en,
        }
    }
}

/// All of them, in the order in which they are offered.
#[derive(Clone, Default)]
pub struct Providers(Arc<[EnabledProvider]>);

impl Providers {
    /// In this order. Of two with one id the first is found.
    pub fn new(offered: Vec<EnabledProvider>) -> Self {
        Self(offered.into())
    }

    /// The one with this id.
    pub fn find(&self, id: &ProviderId) -> Option<&EnabledProvider> {
        self.iter().find(|offered| offered.id == *id)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &EnabledProvider> {
        self.0.iter()
    }

    /// What people call the provider; its id when it is not offered any more.
    pub fn name(&self, id: &ProviderId, language: Language) -> String {
        self.find(id).map_or_else(|| id.as_str().to_owned(), |offered| offered.label.of(language).to_owned())
    }

    /// Their ids.
    pub fn ids(&self) -> Vec<ProviderId> {
        self.iter().map(|offered| offered.id.clone()).collect()
    }
}

//! Languages of texts for people.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A language of pages and recordings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// Russian.
    #[default]
    Ru,
    /// English.
    En,
}

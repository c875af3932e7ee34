//! One line of an import file (NDJSON): also the body of editor writes.

use std::fmt;

use garde::Validate;
use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::access::Tier;
use super::films::known_age_rating;
use crate::Language;

/// Most directors, and most writers, of one film.
pub const MAX_CREW: usize = 50;
/// Most actors of one film.
pub const MAX_CAST: usize = 500;
/// Longest name of a person or a character, in characters.
pub const MAX_NAME: usize = 200;

/// A film to import. Only `title` and `year` are required; an absent, null or empty field keeps its earlier value when
/// the film is known already. Fields that are not listed here are ignored, so that richer files can be read.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
pub struct FilmRecord {
    /// A key of yours. Without one a film is identified by title and year, and by its position among equals in the
    /// file.
    #[garde(length(chars, min = 1, max = 128))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// English title, or the only one.
    #[garde(length(chars, min = 1, max = 500))]
    pub title: String,
    /// Russian title.
    #[garde(length(chars, max = 500))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title_ru: Option<String>,
    /// Title in the original language.
    #[garde(length(chars, max = 500))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_title: Option<String>,
    /// Year of the first release.
    #[garde(range(min = 1870, max = 2200))]
    pub year: u16,
    /// Countries of production, ISO 3166-1 alpha-2 (`SU` for the Soviet Union).
    #[garde(length(max = 30), inner(pattern("^[A-Z]{2}$")))]
    #[serde(default, deserialize_with = "null_is_default")]
    pub countries: Vec<String>,
    /// Genres by slug or English name; unknown ones are added.
    #[garde(length(max = 30), inner(length(chars, min = 1, max = 64)))]
    #[serde(default, deserialize_with = "null_is_default")]
    pub genres: Vec<String>,
    /// 0, 6, 12, 16 or 18.
    #[garde(inner(custom(known_age_rating)))]
    #[schemars(extend("enum" = [0, 6, 12, 16, 18, null]))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age_rating: Option<u8>,
    /// Requirement to play it; `free` by default.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<Tier>,
    /// Viewers' rating, 0 to 10.
    #[garde(range(min = 0.0, max = 10.0))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating: Option<f32>,
    /// Number of ratings by viewers.
    #[garde(range(max = 2_000_000_000))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub votes: Option<u32>,
    /// Length in minutes.
    #[garde(range(min = 1, max = 60_000))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runtime_minutes: Option<u16>,
    /// Directors.
    #[garde(length(max = MAX_CREW), dive)]
    #[serde(default, deserialize_with = "null_is_default")]
    pub directors: Vec<PersonRecord>,
    /// Writers.
    #[garde(length(max = MAX_CREW), dive)]
    #[serde(default, deserialize_with = "null_is_default")]
    pub writers: Vec<PersonRecord>,
    /// Actors, in order.
    #[garde(length(max = MAX_CAST), dive)]
    #[serde(default, deserialize_with = "null_is_default")]
    pub cast: Vec<PersonRecord>,
    /// Synopsis by language.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub synopsis: Option<Synopsis>,
    /// Name of the article in the English Wikipedia.
    #[garde(length(chars, max = 500))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wiki: Option<String>,
}

/// Reads `null` as absent.
fn null_is_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// A person, by name or with more. People are identified by their English name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum PersonRecord {
    /// The name alone.
    Name(#[schemars(length(min = 1, max = 200), regex(pattern = r"\S"))] String),
    /// The name and further fields.
    Full {
        /// English name, or the only one.
        #[schemars(length(min = 1, max = 200), regex(pattern = r"\S"))]
        name: String,
        /// Russian name.
        #[schemars(length(max = 200))]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name_ru: Option<String>,
        /// The character an actor plays.
        #[schemars(length(max = 200))]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        character: Option<String>,
    },
}

/// Written by hand, because the derived one also reads [`PersonRecord::Full`] from an array.
impl<'de> Deserialize<'de> for PersonRecord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PersonVisitor)
    }
}

struct PersonVisitor;

impl<'de> Visitor<'de> for PersonVisitor {
    type Value = PersonRecord;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name or an object with one")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<PersonRecord, E> {
        Ok(PersonRecord::Name(name.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<PersonRecord, A::Error> {
        #[derive(Deserialize)]
        struct Full {
            name: String,
            name_ru: Option<String>,
            character: Option<String>,
        }
        let Full { name, name_ru, character } = Full::deserialize(MapAccessDeserializer::new(fields))?;
        Ok(PersonRecord::Full { name, name_ru, character })
    }
}

impl PersonRecord {
    /// English name, or the only one.
    pub fn name(&self) -> &str {
        match self {
            Self::Name(name) | Self::Full { name, .. } => name,
        }
    }

    /// Russian name.
    pub fn name_ru(&self) -> Option<&str> {
        match self {
            Self::Name(_) => None,
            Self::Full { name_ru, .. } => name_ru.as_deref(),
        }
    }

    /// The character an actor plays.
    pub fn character(&self) -> Option<&str> {
        match self {
            Self::Name(_) => None,
            Self::Full { character, .. } => character.as_deref(),
        }
    }
}

impl Validate for PersonRecord {
    type Context = ();

    fn validate_into(&self, (): &(), parent: &mut dyn FnMut() -> garde::Path, report: &mut garde::Report) {
        let mut bound = |field: &str, text: &str| {
            if text.chars().count() > MAX_NAME {
                let rule = format!("must have at most {MAX_NAME} characters");
                report.append(parent().join(field), garde::Error::new(rule));
            }
        };
        bound("name", self.name());
        bound("name_ru", self.name_ru().unwrap_or_default());
        bound("character", self.character().unwrap_or_default());
        if self.name().trim().is_empty() {
            report.append(parent().join("name"), garde::Error::new("must not be blank"));
        }
    }
}

/// Synopsis by language.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[schemars(rename = "SynopsisRecord")]
pub struct Synopsis {
    /// English.
    #[garde(length(chars, max = 4000))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub en: Option<String>,
    /// Russian.
    #[garde(length(chars, max = 4000))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ru: Option<String>,
}

impl Synopsis {
    /// The synopsis in this language, or the one there is.
    pub fn best(&self, language: Language) -> Option<&str> {
        let (first, second) = match language {
            Language::En => (&self.en, &self.ru),
            Language::Ru => (&self.ru, &self.en),
        };
        first.as_deref().or(second.as_deref())
    }
}

//! A film and the people in it, as the catalogue keeps them.

use chrono::{DateTime, Utc};
use contracts::ids::{FilmId, PersonId};
use contracts::movies::access::Tier;
use contracts::movies::films::CreditRole;

/// A film.
#[derive(Debug, Clone, PartialEq)]
pub struct Film {
    /// Stays the same for ever.
    pub id: FilmId,
    /// Place of its last change in the change feed; also its version.
    pub seq: u64,
    /// English title, or the only one.
    pub title: String,
    /// Russian title.
    pub title_ru: Option<String>,
    /// Title in the language the film was made in, where it is another.
    pub original_title: Option<String>,
    /// Year of the first release.
    pub year: u16,
    /// ISO 3166-1 alpha-2 codes.
    pub countries: Vec<String>,
    /// Slugs of genres, by importance.
    pub genres: Vec<String>,
    /// One of `AGE_RATINGS`, if somebody has rated it.
    pub age_rating: Option<u8>,
    /// What it takes to play it.
    pub tier: Tier,
    /// Viewers' rating, 0 to 10.
    pub rating: Option<f32>,
    /// How many viewers rated it.
    pub votes: u32,
    /// Length in minutes.
    pub runtime_minutes: Option<u16>,
    /// What happens, in English.
    pub synopsis_en: Option<String>,
    /// What happens, in Russian.
    pub synopsis_ru: Option<String>,
    /// Name of the article in the English Wikipedia.
    pub wiki: Option<String>,
    /// Directors, then writers, then actors, each in order.
    pub credits: Vec<Credit>,
    /// Time of the last change.
    pub updated_at: DateTime<Utc>,
}

impl Film {
    /// Its titles in all languages.
    pub fn titles(&self) -> impl Iterator<Item = &str> {
        [Some(self.title.as_str()), self.title_ru.as_deref(), self.original_title.as_deref()].into_iter().flatten()
    }
}

impl Person {
    /// The names in all languages.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        [Some(self.name.as_str()), self.name_ru.as_deref()].into_iter().flatten()
    }
}

/// A person's part in a film.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credit {
    /// Who.
    pub person_id: PersonId,
    /// The part.
    pub role: CreditRole,
    /// Whom an actor plays.
    pub character: Option<String>,
}

/// Somebody who made films or plays in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Stays the same for ever.
    pub id: PersonId,
    /// English name, or the only one.
    pub name: String,
    /// Russian name.
    pub name_ru: Option<String>,
}

/// A genre with its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GenreNames {
    /// Stable name for filters: lower case, digits and hyphens.
    pub slug: String,
    /// English name.
    pub name: String,
    /// Russian name.
    pub name_ru: Option<String>,
}

//! A film and its people, as the catalogue stores them.

use chrono::{DateTime, Utc};
use contracts::Translated;
use contracts::ids::{FilmId, PersonId};
use contracts::movies::access::Tier;
use contracts::movies::films::CreditRole;
use contracts::movies::import::Synopsis;

/// A film.
#[derive(Debug, Clone, PartialEq)]
pub struct Film {
    /// Never changes.
    pub id: FilmId,
    /// Position of its last change in the change feed; also its version.
    pub seq: u64,
    /// Title by language.
    pub title: Translated,
    /// Title in the original language, where it differs.
    pub original_title: Option<String>,
    /// Year of the first release.
    pub year: u16,
    /// ISO 3166-1 alpha-2 codes.
    pub countries: Vec<String>,
    /// Slugs of genres, by importance.
    pub genres: Vec<String>,
    /// One of `AGE_RATINGS`, if rated.
    pub age_rating: Option<u8>,
    /// Requirement to play it.
    pub tier: Tier,
    /// Viewers' rating, 0 to 10.
    pub rating: Option<f32>,
    /// Number of ratings by viewers.
    pub votes: u32,
    /// Length in minutes.
    pub runtime_minutes: Option<u16>,
    /// Synopsis by language.
    pub synopsis: Synopsis,
    /// Name of the article in the English Wikipedia.
    pub wiki: Option<String>,
    /// Directors, then writers, then actors, each in order.
    pub credits: Vec<Credit>,
    /// Time of the last change.
    pub updated_at: DateTime<Utc>,
}

impl Film {
    /// A film without any facts.
    pub fn empty(id: FilmId, tier: Tier) -> Self {
        Self {
            id,
            seq: 0,
            title: Translated::default(),
            original_title: None,
            year: 0,
            countries: Vec::new(),
            genres: Vec::new(),
            age_rating: None,
            tier,
            rating: None,
            votes: 0,
            runtime_minutes: None,
            synopsis: Synopsis::default(),
            wiki: None,
            credits: Vec::new(),
            updated_at: DateTime::UNIX_EPOCH,
        }
    }

    /// Its titles in all languages.
    pub fn titles(&self) -> impl Iterator<Item = &str> {
        self.title.all().chain(self.original_title.as_deref())
    }
}

/// A person's role in a film.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credit {
    /// The person.
    pub person_id: PersonId,
    /// The role.
    pub role: CreditRole,
    /// The character an actor plays.
    pub character: Option<String>,
}

/// A person who made films or plays in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Never changes.
    pub id: PersonId,
    /// Name by language.
    pub name: Translated,
}

/// A genre with its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GenreNames {
    /// Stable name for filters: lower case, digits and hyphens.
    pub slug: String,
    /// Name by language.
    pub name: Translated,
}

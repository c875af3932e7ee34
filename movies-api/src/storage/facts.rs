//! Facts about a film from a source, cleaned, and their application to a film.

use contracts::ids::{FilmId, PersonId};
use contracts::movies::access::Tier;
use contracts::movies::films::CreditRole;
use contracts::movies::import::{FilmRecord, PersonRecord};
use contracts::movies::writes::FilmDraft;

use super::genre_names::genre_named;
use super::people::People;
use crate::domain::film::{Credit, Film, GenreNames};

/// A record ready for the catalogue.
#[derive(Debug, Clone, PartialEq)]
pub struct PreparedRecord {
    /// Key by which the film is recognised: `id:…`, `film:title|year|occurrence` or `imdb:tt…`. Unique within a batch.
    pub source_key: String,
    /// Digest of the record's content; an equal one means no change.
    pub source_hash: String,
    /// The facts.
    pub facts: FilmFacts,
}

/// Facts about a film from a source; texts are trimmed, empty ones are `None`. Absent facts leave a film unchanged.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FilmFacts {
    /// English title, or the only one.
    pub title: String,
    /// Russian title.
    pub title_ru: Option<String>,
    /// Title in the original language, where it differs.
    pub original_title: Option<String>,
    /// Year of the first release.
    pub year: u16,
    /// ISO 3166-1 alpha-2 codes; empty = absent.
    pub countries: Vec<String>,
    /// By importance, each once; empty = absent.
    pub genres: Vec<GenreNames>,
    /// 0, 6, 12, 16 or 18.
    pub age_rating: Option<u8>,
    /// Requirement to play it.
    pub tier: Option<Tier>,
    /// Viewers' rating, 0 to 10.
    pub rating: Option<f32>,
    /// Number of ratings by viewers.
    pub votes: Option<u32>,
    /// Length in minutes.
    pub runtime_minutes: Option<u16>,
    /// English synopsis.
    pub synopsis_en: Option<String>,
    /// Russian synopsis.
    pub synopsis_ru: Option<String>,
    /// Name of the article in the English Wikipedia.
    pub wiki: Option<String>,
    /// Directors, then writers, then actors; a role without people = absent.
    pub credits: Vec<NamedCredit>,
}

/// A credit, with its person identified by key and name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedCredit {
    /// The role.
    pub role: CreditRole,
    /// `name:…` or `imdb:nm…`.
    pub person_key: String,
    /// English name, or the only one.
    pub name: String,
    /// Russian name.
    pub name_ru: Option<String>,
    /// The character an actor plays.
    pub character: Option<String>,
}

/// Trims a text; an empty one is `None`. NUL is removed too: JSON can carry it, PostgreSQL cannot store it.
pub fn clean(text: &str) -> Option<String> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    (!text.is_empty()).then(|| text.replace('\0', ""))
}

/// Folds case and white space, so that spellings of one title or name are equal.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for word in text.split(|c: char| c.is_whitespace() || c == '\0').filter(|word| !word.is_empty()) {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.push_str(&word.to_lowercase());
    }
    folded
}

/// The key of a film without a better one; `occurrence` counts films of equal title and year from 1.
pub fn film_key(title: &str, year: u16, occurrence: u32) -> String {
    format!("film:{}|{year}|{occurrence}", fold(title))
}

impl FilmFacts {
    /// The facts of a record.
    pub fn from_record(record: &FilmRecord) -> Self {
        let some = |text: &Option<String>| text.as_deref().and_then(clean);
        let title = clean(&record.title).unwrap_or_default();
        let mut credits = Vec::with_capacity(record.directors.len() + record.writers.len() + record.cast.len());
        for (role, people) in [
            (CreditRole::Director, &record.directors),
            (CreditRole::Writer, &record.writers),
            (CreditRole::Actor, &record.cast),
        ] {
            credits.extend(people.iter().filter_map(|person| NamedCredit::from_record(role, person)));
        }
        let synopsis = record.synopsis.as_ref();
        Self {
            original_title: some(&record.original_title).filter(|original| *original != title),
            title,
            title_ru: some(&record.title_ru),
            year: record.year,
            countries: without_repeats(record.countries.iter().cloned()),
            genres: without_repeats(record.genres.iter().filter_map(|name| genre_named(name))),
            age_rating: record.age_rating,
            tier: record.tier,
            rating: record.rating,
            votes: record.votes,
            runtime_minutes: record.runtime_minutes,
            synopsis_en: synopsis.and_then(|synopsis| some(&synopsis.en)),
            synopsis_ru: synopsis.and_then(|synopsis| some(&synopsis.ru)),
            wiki: some(&record.wiki),
            credits,
        }
    }

    /// The facts of an editor's draft.
    pub fn from_draft(draft: &FilmDraft) -> Self {
        let draft = draft.clone();
        Self::from_record(&FilmRecord {
            id: None,
            title: draft.title,
            title_ru: draft.title_ru,
            original_title: draft.original_title,
            year: draft.year,
            countries: draft.countries,
            genres: draft.genres,
            age_rating: draft.age_rating,
            tier: Some(draft.tier),
            rating: draft.rating,
            votes: Some(draft.votes),
            runtime_minutes: draft.runtime_minutes,
            directors: draft.directors,
            writers: draft.writers,
            cast: draft.cast,
            synopsis: Some(draft.synopsis),
            wiki: draft.wiki,
        })
    }

    /// A new film with these facts only.
    pub(super) fn into_new_film(self, id: FilmId, tier: Tier, people: &People) -> Film {
        let mut film = Film {
            id,
            seq: 0,
            title: String::new(),
            title_ru: None,
            original_title: None,
            year: 0,
            countries: Vec::new(),
            genres: Vec::new(),
            age_rating: None,
            tier,
            rating: None,
            votes: 0,
            runtime_minutes: None,
            synopsis_en: None,
            synopsis_ru: None,
            wiki: None,
            credits: Vec::new(),
            updated_at: chrono::DateTime::UNIX_EPOCH,
        };
        self.apply(&mut film, people);
        film
    }

    /// Applies the facts to `film` and keeps the rest.
    pub(super) fn apply(self, film: &mut Film, people: &People) {
        let credits = self.resolved_credits(people);
        set_text(&mut film.title, Some(self.title).filter(|title| !title.is_empty()));
        set(&mut film.title_ru, self.title_ru);
        set(&mut film.original_title, self.original_title);
        film.year = self.year;
        if !self.countries.is_empty() {
            film.countries = self.countries;
        }
        if !self.genres.is_empty() {
            film.genres = self.genres.into_iter().map(|genre| genre.slug).collect();
        }
        set(&mut film.age_rating, self.age_rating);
        film.tier = self.tier.unwrap_or(film.tier);
        set(&mut film.rating, self.rating);
        film.votes = self.votes.unwrap_or(film.votes);
        set(&mut film.runtime_minutes, self.runtime_minutes);
        set(&mut film.synopsis_en, self.synopsis_en);
        set(&mut film.synopsis_ru, self.synopsis_ru);
        set(&mut film.wiki, self.wiki);
        let is_stated = |role| credits.iter().any(|credit| credit.role == role);
        film.credits.retain(|credit| !is_stated(credit.role));
        film.credits.extend(credits);
        film.credits.sort_by_key(|credit| credit.role); // stable: the order within a role stays
    }

    fn resolved_credits(&self, people: &People) -> Vec<Credit> {
        without_repeats(self.credits.iter().filter_map(|credit| {
            let person_id: PersonId = people.id_of(&credit.person_key)?;
            Some(Credit { person_id, role: credit.role, character: credit.character.clone() })
        }))
    }
}

impl NamedCredit {
    fn from_record(role: CreditRole, person: &PersonRecord) -> Option<Self> {
        let name = clean(person.name())?;
        Some(Self {
            role,
            person_key: format!("name:{}", fold(&name)),
            name,
            name_ru: person.name_ru().and_then(clean),
            character: person.character().and_then(clean),
        })
    }
}

fn set<T>(target: &mut Option<T>, value: Option<T>) {
    if value.is_some() {
        *target = value;
    }
}

fn set_text(target: &mut String, value: Option<String>) {
    if let Some(value) = value {
        *target = value;
    }
}

/// Keeps the first of equal items; lists are short.
fn without_repeats<T: PartialEq>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut kept = Vec::with_capacity(items.size_hint().0);
    for item in items {
        if !kept.contains(&item) {
            kept.push(item);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::{clean, film_key, fold};

    #[test]
    fn texts_are_trimmed_and_lose_nul() {
        assert_eq!(clean("  The Kid \0\n").as_deref(), Some("The Kid"));
        assert_eq!(clean("a\0b").as_deref(), Some("ab"));
        assert_eq!(clean(" \0 "), None);
    }

    #[test]
    fn spellings_of_one_title_are_equal() {
        assert_eq!(fold("  The\t GODFATHER "), "the godfather");
        assert_eq!(film_key("Ёлки  2", 2011, 1), "film:ёлки 2|2011|1");
    }
}

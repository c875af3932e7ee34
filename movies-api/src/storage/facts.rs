//! Facts about a film from a source, cleaned, and their application to a film.

use contracts::ids::{FilmId, PersonId};
use contracts::movies::access::Tier;
use contracts::movies::films::CreditRole;
use contracts::movies::import::{FilmRecord, Synopsis};
use contracts::movies::writes::FilmDraft;

use super::credits::NamedCredit;
use super::genre_names::genre_named;
use super::people::People;
use super::texts::{clean, fold};
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

/// Facts about a film from a source. Absent facts leave a film unchanged.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FilmFacts {
    /// The record with its texts trimmed, empty ones `None`. Its genres and people are in the other fields.
    record: FilmRecord,
    /// By importance, each once; empty = absent.
    pub(super) genres: Vec<GenreNames>,
    /// Directors, then writers, then actors; a role without people = absent.
    pub credits: Vec<NamedCredit>,
}

/// The key of a film without a better one; `occurrence` counts films of equal title and year from 1.
pub fn film_key(title: &str, year: u16, occurrence: u32) -> String {
    format!("film:{}|{year}|{occurrence}", fold(title))
}

impl FilmFacts {
    /// The facts of a record.
    pub fn from_record(record: FilmRecord) -> Self {
        // Every field is named, here and in `apply`, so that a new one does not compile until it has its rule.
        let FilmRecord {
            id,
            title,
            title_ru,
            original_title,
            year,
            countries,
            genres,
            age_rating,
            tier,
            rating,
            votes,
            runtime_minutes,
            directors,
            writers,
            cast,
            synopsis,
            wiki,
        } = record;
        let mut credits = Vec::with_capacity(directors.len() + writers.len() + cast.len());
        for (role, people) in
            [(CreditRole::Director, directors), (CreditRole::Writer, writers), (CreditRole::Actor, cast)]
        {
            credits.extend(people.iter().filter_map(|person| NamedCredit::from_record(role, person)));
        }
        let some = |text: Option<String>| text.as_deref().and_then(clean);
        let title = clean(&title).unwrap_or_default();
        let record = FilmRecord {
            id,
            original_title: some(original_title).filter(|original| *original != title),
            title,
            title_ru: some(title_ru),
            year,
            countries: without_repeats(countries.into_iter()),
            age_rating,
            tier,
            rating,
            votes,
            runtime_minutes,
            synopsis: synopsis.map(|synopsis| Synopsis { en: some(synopsis.en), ru: some(synopsis.ru) }),
            wiki: some(wiki),
            ..FilmRecord::default()
        };
        Self { record, genres: without_repeats(genres.iter().filter_map(|name| genre_named(name))), credits }
    }

    /// The facts of an editor's draft.
    pub fn from_draft(draft: &FilmDraft) -> Self {
        Self::from_record(draft.clone().into())
    }

    /// English title, or the only one; empty when the source gives none.
    pub fn title(&self) -> &str {
        &self.record.title
    }

    /// Year of the first release.
    pub fn year(&self) -> u16 {
        self.record.year
    }

    /// A new film with these facts only.
    pub(super) fn into_new_film(self, id: FilmId, tier: Tier, people: &People) -> Film {
        let mut film = Film::empty(id, tier);
        self.apply(&mut film, people);
        film
    }

    /// Applies the facts to `film` and keeps the rest.
    pub(super) fn apply(self, film: &mut Film, people: &People) {
        let credits = self.resolved_credits(people);
        let FilmRecord {
            title,
            title_ru,
            original_title,
            year,
            countries,
            age_rating,
            tier,
            rating,
            votes,
            runtime_minutes,
            synopsis,
            wiki,
            // The key is in `source_key`; genres and people are in the other fields.
            id: _,
            genres: _,
            directors: _,
            writers: _,
            cast: _,
        } = self.record;
        if !title.is_empty() {
            film.title.en = title;
        }
        set(&mut film.title.ru, title_ru);
        set(&mut film.original_title, original_title);
        film.year = year;
        if !countries.is_empty() {
            film.countries = countries;
        }
        if !self.genres.is_empty() {
            film.genres = self.genres.into_iter().map(|genre| genre.slug).collect();
        }
        set(&mut film.age_rating, age_rating);
        film.tier = tier.unwrap_or(film.tier);
        set(&mut film.rating, rating);
        film.votes = votes.unwrap_or(film.votes);
        set(&mut film.runtime_minutes, runtime_minutes);
        let synopsis = synopsis.unwrap_or_default();
        set(&mut film.synopsis.en, synopsis.en);
        set(&mut film.synopsis.ru, synopsis.ru);
        set(&mut film.wiki, wiki);
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

fn set<T>(target: &mut Option<T>, value: Option<T>) {
    if value.is_some() {
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
    use super::film_key;

    #[test]
    fn the_key_of_a_film_is_its_folded_title_and_year() {
        assert_eq!(film_key("Ёлки  2", 2011, 1), "film:ёлки 2|2011|1");
    }
}

//! Films and people as one viewer sees them.

use contracts::Language;
use contracts::movies::films::{Credit, FilmDetail, FilmSummary};
use contracts::movies::genres::{Genre, GenreRef};
use contracts::movies::persons::Person;

use crate::domain::film::{Film, GenreNames};
use crate::domain::viewer::{Rights, Viewer};
use crate::extract::Locale;
use crate::index::{PersonView, Snapshot};

/// Converts a snapshot to wire types for one viewer.
#[derive(Clone, Copy)]
pub struct Presenter<'a> {
    /// The catalogue.
    pub snapshot: &'a Snapshot,
    /// Rights of the viewer.
    pub rights: Rights,
    /// Language of the response.
    pub language: Language,
}

impl<'a> Presenter<'a> {
    /// A presenter for `viewer`.
    pub fn of(viewer: &Viewer, locale: Locale, snapshot: &'a Snapshot) -> Self {
        Self { snapshot, rights: viewer.rights(), language: locale.0 }
    }

    /// A film in a list.
    pub fn summary(self, film: &Film) -> FilmSummary {
        let title = film.title.best(self.language);
        FilmSummary {
            id: film.id,
            title: title.to_owned(),
            original_title: film.original_title.clone().filter(|original| original != title),
            year: film.year,
            genres: film.genres.iter().map(|slug| self.genre_ref(slug)).collect(),
            countries: film.countries.clone(),
            age_rating: film.age_rating,
            tier: film.tier,
            rating: film.rating,
            votes: film.votes,
            runtime_minutes: film.runtime_minutes,
            access: self.rights.access(film.tier),
        }
    }

    /// Films in a list.
    pub fn summaries<F: AsRef<Film>>(self, films: impl IntoIterator<Item = F>) -> Vec<FilmSummary> {
        films.into_iter().map(|film| self.summary(film.as_ref())).collect()
    }

    /// A film with all details.
    pub fn detail(self, film: &Film) -> FilmDetail {
        FilmDetail {
            summary: self.summary(film),
            titles: film.title.clone(),
            synopsis: film.synopsis.best(self.language).map(str::to_owned),
            people: film.credits.iter().filter_map(|credit| self.credit(credit)).collect(),
            wiki: film.wiki.clone(),
            version: film.seq,
            updated_at: film.updated_at,
        }
    }

    /// A person with the number of films this viewer may see.
    pub fn person(self, view: PersonView<'_>) -> Person {
        let name = view.person.name.best(self.language).to_owned();
        Person { id: view.person.id, name, roles: view.roles, films: view.films }
    }

    /// A genre with the number of films this viewer may see.
    pub fn genre(self, names: &GenreNames, films: u64) -> Genre {
        Genre { slug: names.slug.clone(), name: names.name.best(self.language).to_owned(), films }
    }

    fn genre_ref(self, slug: &str) -> GenreRef {
        let name = self.snapshot.genre_names(slug).map_or(slug, |names| names.name.best(self.language));
        GenreRef { slug: slug.to_owned(), name: name.to_owned() }
    }

    fn credit(self, credit: &crate::domain::film::Credit) -> Option<Credit> {
        let person = self.snapshot.person_name(credit.person_id)?;
        Some(Credit {
            person_id: person.id,
            name: person.name.best(self.language).to_owned(),
            role: credit.role,
            character: credit.character.clone(),
        })
    }
}

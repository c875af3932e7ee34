//! The catalogue at one moment. Immutable; requests hold it as long as needed.

use std::collections::HashMap;
use std::sync::Arc;

use contracts::ids::{FilmId, PersonId};

use super::entries::{Facts, GenreEntry, PersonEntry, PersonView, RoleSet, Slot};
use super::full_text::Searchers;
use super::order::Order;
use crate::domain::film::{Film, GenreNames, Person};
use crate::domain::viewer::Rights;

/// The catalogue at one moment.
pub struct Snapshot {
    /// Position in the change feed up to which it has read.
    pub seq: u64,
    pub(super) films: Vec<Option<Arc<Film>>>,
    pub(super) facts: Arc<Vec<Facts>>,
    pub(super) slots: HashMap<FilmId, Slot>,
    /// Slots by [`Order::index`].
    pub(super) orders: [Vec<Slot>; Order::ALL.len()],
    /// The inverse: rank by slot.
    pub(super) ranks: [Vec<u32>; Order::ALL.len()],
    pub(super) genres: HashMap<String, GenreEntry>,
    pub(super) countries: HashMap<String, Vec<Slot>>,
    pub(super) persons: HashMap<PersonId, PersonEntry>,
    pub(super) search: Searchers,
}

impl Snapshot {
    /// Number of films.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// `true` when there are no films.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// The film, if it exists for a viewer with these rights.
    pub fn film(&self, id: FilmId, rights: Rights) -> Option<&Arc<Film>> {
        let slot = *self.slots.get(&id)?;
        self.visible(slot, rights).then(|| self.at(slot)).flatten()
    }

    /// `true` when a film of this genre exists for a viewer with these rights.
    pub fn has_genre(&self, slug: &str, rights: Rights) -> bool {
        self.genres.get(slug).is_some_and(|genre| genre.films.iter().any(|slot| self.visible(*slot, rights)))
    }

    /// `true` when a film of this country exists for a viewer with these rights.
    pub fn has_country(&self, code: &str, rights: Rights) -> bool {
        self.countries.get(code).is_some_and(|films| films.iter().any(|slot| self.visible(*slot, rights)))
    }

    /// The person, if one of their films exists for a viewer with these rights.
    pub fn person(&self, id: PersonId, rights: Rights) -> Option<PersonView<'_>> {
        let entry = self.persons.get(&id)?;
        let visible = entry.films.iter().zip(&entry.roles).filter(|(slot, _)| self.visible(**slot, rights));
        let (roles, films) =
            visible.fold((RoleSet::default(), 0), |(all, films), (_, roles)| (all.union(*roles), films + 1));
        (films > 0).then(|| PersonView { person: &entry.person, roles: roles.to_vec(), films })
    }

    /// Name of a person regardless of rights: for people of a visible film.
    pub fn person_name(&self, id: PersonId) -> Option<&Person> {
        self.persons.get(&id).map(|entry| entry.person.as_ref())
    }

    /// The genre, with the number of its films that exist for a viewer with these rights.
    pub fn genre(&self, slug: &str, rights: Rights) -> Option<(&GenreNames, u64)> {
        let entry = self.genres.get(slug)?;
        let films = self.count(&entry.films, rights);
        (films > 0).then_some((&entry.names, films))
    }

    /// All genres that have films for a viewer with these rights, the largest first.
    pub fn all_genres(&self, rights: Rights) -> Vec<(&GenreNames, u64)> {
        let mut genres: Vec<_> = self.genres.keys().filter_map(|slug| self.genre(slug, rights)).collect();
        genres.sort_by(|one, two| two.1.cmp(&one.1).then_with(|| one.0.slug.cmp(&two.0.slug)));
        genres
    }

    /// Names of a genre regardless of rights.
    pub fn genre_names(&self, slug: &str) -> Option<&GenreNames> {
        self.genres.get(slug).map(|entry| &entry.names)
    }

    pub(super) fn at(&self, slot: Slot) -> Option<&Arc<Film>> {
        self.films.get(slot as usize)?.as_ref()
    }

    pub(super) fn visible(&self, slot: Slot, rights: Rights) -> bool {
        self.facts.get(slot as usize).is_some_and(|facts| rights.sees(facts.rating_age))
    }

    fn count(&self, slots: &[Slot], rights: Rights) -> u64 {
        slots.iter().filter(|slot| self.visible(**slot, rights)).count() as u64
    }
}

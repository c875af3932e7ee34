//! Searches of a snapshot, by what exists for a viewer.

use std::sync::Arc;

use super::entries::{PersonView, Slot};
use super::full_text::SearchError;
use super::snapshot::Snapshot;
use super::text::{title_words, words};
use crate::domain::film::Film;
use crate::domain::viewer::Rights;

impl Snapshot {
    /// Films that match `text` and exist for a viewer with these rights, best first: `size` of them after `offset`.
    ///
    /// # Errors
    /// [`SearchError`].
    pub fn search_films(
        &self,
        text: &str,
        rights: Rights,
        offset: usize,
        size: usize,
        is_wanted: &dyn Fn() -> bool,
    ) -> Result<Vec<Arc<Film>>, SearchError> {
        let facts = Arc::clone(&self.facts);
        let is_visible = move |slot: Slot| facts.get(slot as usize).is_some_and(|facts| rights.sees(facts.rating_age));
        let in_full = |slot: Slot, typed: &[String]| {
            self.at(slot).is_some_and(|film| film.titles().any(|title| title_words(title) == typed))
        };
        let found = self.search.films.find(text, offset + size, is_wanted, is_visible, in_full)?;
        Ok(found.into_iter().skip(offset).filter_map(|slot| self.at(slot).cloned()).collect())
    }

    /// People that match `text` and have films for a viewer with these rights, best first.
    ///
    /// # Errors
    /// [`SearchError`].
    pub fn search_persons(
        &self,
        text: &str,
        rights: Rights,
        offset: usize,
        size: usize,
        is_wanted: &dyn Fn() -> bool,
    ) -> Result<Vec<PersonView<'_>>, SearchError> {
        let ages = Arc::clone(&self.search.person_ages);
        let is_visible = move |slot: Slot| ages.get(slot as usize).is_some_and(|age| rights.sees(*age));
        let name_in_full = |slot: Slot, typed: &[String]| {
            let person = self.search.person_slots.get(slot as usize).and_then(|id| self.person_name(*id));
            person.is_some_and(|person| person.name.all().any(|name| words(name) == typed))
        };
        let found = self.search.persons.find(text, offset + size, is_wanted, is_visible, name_in_full)?;
        let known = found.into_iter().skip(offset).filter_map(|slot| self.search.person_slots.get(slot as usize));
        Ok(known.filter_map(|id| self.person(*id, rights)).collect())
    }
}

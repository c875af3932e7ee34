//! One page of films: filtered, in order, from a position or a page number.

use std::sync::Arc;

use contracts::ids::PersonId;
use contracts::movies::access::Tier;

use super::entries::Slot;
use super::order::{Order, Position};
use super::snapshot::Snapshot;
use crate::domain::film::Film;
use crate::domain::viewer::Rights;

/// Filters of a list of films.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FilmFilter {
    /// Slug of a genre.
    pub genre: Option<String>,
    /// A person who made the film or plays in it.
    pub person: Option<PersonId>,
    /// ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// First year.
    pub year_from: Option<u16>,
    /// Last year.
    pub year_to: Option<u16>,
    /// Lowest rating.
    pub rating_from: Option<f32>,
    /// Highest age rating.
    pub age_max: Option<u8>,
    /// Tier.
    pub tier: Option<Tier>,
}

/// One page.
#[derive(Debug, Clone, Default)]
pub struct FilmPage {
    /// The films.
    pub films: Vec<Arc<Film>>,
    /// Start of the next page, if there is one.
    pub next: Option<Position>,
    /// Number of matching films, if requested.
    pub total: Option<u64>,
}

/// Start of a page.
#[derive(Debug, Clone, PartialEq)]
pub enum Start {
    /// After this many films.
    Offset(usize),
    /// After this position.
    After(Position),
}

impl Snapshot {
    /// One page of the matching films that exist for a viewer with these rights.
    pub fn list(
        &self,
        filter: &FilmFilter,
        rights: Rights,
        order: Order,
        start: &Start,
        size: usize,
        total: bool,
    ) -> FilmPage {
        let Some(narrowed) = self.narrow(filter, order) else {
            return FilmPage { total: total.then_some(0), ..FilmPage::default() };
        };
        let slots = narrowed.as_deref().unwrap_or(&self.orders[order.index()]);
        let fits = |slot: &&Slot| self.fits(**slot, filter, rights);
        let (first, skip) = match start {
            Start::Offset(films) => (0, *films),
            Start::After(position) => {
                (slots.partition_point(|slot| self.position(*slot, order).is_some_and(|here| here <= *position)), 0)
            }
        };
        let mut found = slots[first..].iter().filter(fits).skip(skip);
        let films: Vec<_> = found.by_ref().take(size).filter_map(|slot| self.at(*slot).cloned()).collect();
        let next = found.next().and(films.last()).map(|film| order.position(film));
        let total = total.then(|| slots.iter().filter(fits).count() as u64);
        FilmPage { films, next, total }
    }

    fn position(&self, slot: Slot, order: Order) -> Option<Position> {
        self.at(slot).map(|film| order.position(film))
    }

    /// The shortest list of slots, in order, that holds every film that can match; `Some(None)` is the whole catalogue,
    /// `None` is no film.
    fn narrow(&self, filter: &FilmFilter, order: Order) -> Option<Option<Vec<Slot>>> {
        let mut lists: Vec<&Vec<Slot>> = Vec::new();
        if let Some(person) = filter.person {
            lists.push(&self.persons.get(&person)?.films);
        }
        if let Some(genre) = &filter.genre {
            lists.push(&self.genres.get(genre)?.films);
        }
        if let Some(country) = &filter.country {
            lists.push(self.countries.get(country)?);
        }
        let Some(shortest) = lists.into_iter().min_by_key(|list| list.len()) else { return Some(None) };
        // A long list is scanned in order and filtered on the way; sorting it first would cost more.
        if shortest.len() > self.len() / 16 {
            return Some(None);
        }
        let ranks = &self.ranks[order.index()];
        let mut slots = shortest.clone();
        slots.sort_unstable_by_key(|slot| ranks[*slot as usize]);
        Some(Some(slots))
    }

    fn fits(&self, slot: Slot, filter: &FilmFilter, rights: Rights) -> bool {
        let facts = self.facts[slot as usize];
        rights.sees(facts.rating_age)
            && filter.year_from.is_none_or(|year| facts.year >= year)
            && filter.year_to.is_none_or(|year| facts.year <= year)
            && filter.rating_from.is_none_or(|rating| facts.rating >= rating)
            && filter.age_max.is_none_or(|age| facts.rating_age <= age)
            && filter.tier.is_none_or(|tier| (tier == Tier::Subscription) == facts.subscription)
            && filter.genre.as_ref().is_none_or(|genre| self.at(slot).is_some_and(|film| film.genres.contains(genre)))
            && filter
                .country
                .as_ref()
                .is_none_or(|code| self.at(slot).is_some_and(|film| film.countries.contains(code)))
            && filter.person.is_none_or(|person| {
                self.at(slot).is_some_and(|film| film.credits.iter().any(|credit| credit.person_id == person))
            })
    }
}

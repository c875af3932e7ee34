//! Entries of a snapshot: slots of films, the fields that filters read, genres and persons with their films.

use std::sync::Arc;

use contracts::movies::access::Tier;
use contracts::movies::films::CreditRole;

use crate::domain::film::{Film, GenreNames, Person};
use crate::domain::viewer::effective_rating;

/// Index of a film. Constant while the film exists.
pub(super) type Slot = u32;

/// Fields for filters, contiguous in memory.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts {
    pub(super) year: u16,
    pub(super) rating_age: u8,
    pub(super) subscription: bool,
    pub(super) rating: f32,
}

impl Facts {
    /// Of a deleted film: above every age limit.
    pub(super) const TOMBSTONE: Self = Self { year: 0, rating_age: u8::MAX, subscription: true, rating: -1.0 };

    pub(super) fn of(film: &Film) -> Self {
        Self {
            year: film.year,
            rating_age: effective_rating(film.age_rating),
            subscription: film.tier == Tier::Subscription,
            rating: film.rating.unwrap_or(-1.0),
        }
    }
}

/// A genre and its films.
#[derive(Debug, Clone)]
pub(super) struct GenreEntry {
    /// Its names.
    pub(super) names: GenreNames,
    pub(super) films: Vec<Slot>,
}

/// A person with the films this person has a part in.
#[derive(Debug, Clone)]
pub(super) struct PersonEntry {
    pub(super) person: Arc<Person>,
    pub(super) films: Vec<Slot>,
    /// Roles in each of `films`.
    pub(super) roles: Vec<RoleSet>,
}

/// A set of roles.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct RoleSet(u8);

impl RoleSet {
    const ALL: [CreditRole; 3] = [CreditRole::Director, CreditRole::Writer, CreditRole::Actor];

    pub(super) fn add(&mut self, role: CreditRole) {
        self.0 |= 1 << role as u8;
    }

    pub(super) fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) fn to_vec(self) -> Vec<CreditRole> {
        Self::ALL.into_iter().filter(|role| self.0 & (1 << *role as u8) != 0).collect()
    }
}

/// A person as one viewer sees them: by the films that exist for that viewer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonView<'a> {
    /// The person.
    pub person: &'a Person,
    /// Roles in those films, each once.
    pub roles: Vec<CreditRole>,
    /// Number of these films.
    pub films: u64,
}

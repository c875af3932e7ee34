//! Orders of films, and positions in them that survive changes of the catalogue.

use std::cmp::Ordering;

use contracts::Language;
use contracts::ids::FilmId;
use contracts::movies::films::FilmSort;
use serde::{Deserialize, Serialize};

use super::text::sort_key;
use crate::domain::film::Film;

/// A sort order, with the language of titles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Order {
    /// Sort key.
    pub sort: FilmSort,
    /// Used by [`FilmSort::Title`] only.
    pub language: Language,
}

impl Order {
    /// All orders.
    pub(super) const ALL: [Self; 6] = [
        Self::of(FilmSort::Newest),
        Self::of(FilmSort::Oldest),
        Self::of(FilmSort::Rating),
        Self::of(FilmSort::Popular),
        Self::of(FilmSort::Title),
        Self { sort: FilmSort::Title, language: Language::Ru },
    ];

    /// An order that no language changes; titles in English.
    pub(super) const fn of(sort: FilmSort) -> Self {
        Self { sort, language: Language::En }
    }

    /// Its index in [`Self::ALL`].
    pub(super) fn index(self) -> usize {
        match (self.sort, self.language) {
            (FilmSort::Newest, _) => 0,
            (FilmSort::Oldest, _) => 1,
            (FilmSort::Rating, _) => 2,
            (FilmSort::Popular, _) => 3,
            (FilmSort::Title, Language::En) => 4,
            (FilmSort::Title, Language::Ru) => 5,
        }
    }

    /// Position of a film.
    pub(super) fn position(self, film: &Film) -> Position {
        let key = match self.sort {
            FilmSort::Newest => Key::Number(-i64::from(film.year)),
            FilmSort::Oldest => Key::Number(i64::from(film.year)),
            FilmSort::Rating => Key::Number(film.rating.map_or(i64::MAX, |rating| -((rating * 1000.0) as i64))),
            FilmSort::Popular => Key::Number(-i64::from(film.votes)),
            FilmSort::Title => {
                let mut key = sort_key(film.title.best(self.language));
                key.truncate(key.floor_char_boundary(120)); // it travels in cursors
                Key::Text(key)
            }
        };
        Position { key, id: film.id }
    }
}

/// A position in an order. No film needs to be there, so a cursor survives deletions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Position {
    key: Key,
    id: FilmId,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
enum Key {
    Number(i64),
    Text(String),
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(one), Self::Number(two)) => one.cmp(two),
            (Self::Text(one), Self::Text(two)) => one.cmp(two),
            (Self::Number(_), Self::Text(_)) => Ordering::Less,
            (Self::Text(_), Self::Number(_)) => Ordering::Greater,
        }
    }
}

//! Similar films.

use std::collections::HashMap;
use std::sync::Arc;

use contracts::ids::FilmId;
use contracts::movies::films::{CreditRole, FilmSort};

use super::entries::Slot;
use super::order::Order;
use super::snapshot::Snapshot;
use crate::domain::film::Film;
use crate::domain::viewer::Rights;

/// Maximum distance in years at which shared genres count.
const NEAR_YEARS: u16 = 12;

impl Snapshot {
    /// Films that share people and genres with this one, closest first; at most `size` of them. `None` when the film
    /// does not exist for a viewer with these rights.
    pub fn similar(&self, id: FilmId, rights: Rights, size: usize) -> Option<Vec<Arc<Film>>> {
        let film = self.film(id, rights)?;
        let mut scores: HashMap<Slot, f32> = HashMap::new();
        for credit in &film.credits {
            let weight = if credit.role == CreditRole::Actor { 2.0 } else { 3.0 };
            for slot in self.persons.get(&credit.person_id).map_or(&[][..], |entry| &entry.films) {
                *scores.entry(*slot).or_default() += weight;
            }
        }
        for genre in &film.genres {
            for slot in self.genres.get(genre).map_or(&[][..], |entry| &entry.films) {
                let apart = self.facts[*slot as usize].year.abs_diff(film.year);
                if apart <= NEAR_YEARS {
                    *scores.entry(*slot).or_default() += 1.0 - f32::from(apart) / f32::from(2 * NEAR_YEARS);
                }
            }
        }
        scores.retain(|slot, _| self.visible(*slot, rights) && self.slots.get(&id) != Some(slot));
        let mut ranked: Vec<(Slot, f32)> = scores.into_iter().collect();
        let popular = &self.ranks[Order::of(FilmSort::Popular).index()];
        ranked.sort_unstable_by(|one, two| {
            two.1.total_cmp(&one.1).then_with(|| popular[one.0 as usize].cmp(&popular[two.0 as usize]))
        });
        Some(ranked.into_iter().take(size).filter_map(|(slot, _)| self.at(slot).cloned()).collect())
    }
}

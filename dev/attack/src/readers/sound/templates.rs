//! Templates of words: some of what was cut out, without what does not resemble the rest.

use std::collections::BTreeMap;

use super::{
    grammar::Word,
    spectrum::{Frames, Spectrum},
};

/// Templates a word.
const KEPT: usize = 4;
/// Candidates a word; more add nothing.
const CANDIDATES: usize = 24;

/// A word as it was cut out.
#[derive(Clone)]
pub struct Candidate {
    pub samples: Vec<f32>,
    frames: Frames,
}

/// Candidates by word.
#[derive(Default)]
pub struct Templates {
    pub by_word: BTreeMap<Word, Vec<Candidate>>,
}

impl Templates {
    /// Adds a candidate.
    pub fn add(&mut self, word: Word, samples: &[f32], spectrum: &Spectrum) {
        let candidates = self.by_word.entry(word).or_default();
        if candidates.len() < CANDIDATES {
            candidates.push(Candidate { samples: samples.to_vec(), frames: spectrum.frames(samples) });
        }
    }

    /// Distance of some frames from the nearest candidate of a word; infinite if there is none.
    pub fn distance(&self, word: Word, frames: &Frames) -> f32 {
        let candidates = self.by_word.get(&word).into_iter().flatten();
        candidates.map(|candidate| distance(frames, &candidate.frames)).fold(f32::INFINITY, f32::min)
    }

    /// Keeps of each word's candidates those that are nearest to the others: what was cut wrongly resembles nothing.
    pub fn choose(&mut self) {
        for candidates in self.by_word.values_mut() {
            let far = |one: &Frames| {
                let mut distances: Vec<f32> = candidates.iter().map(|other| distance(one, &other.frames)).collect();
                distances.sort_by(f32::total_cmp);
                distances[distances.len() / 2]
            };
            let mut ranked: Vec<(f32, usize)> =
                candidates.iter().enumerate().map(|(index, one)| (far(&one.frames), index)).collect();
            ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
            *candidates = ranked.into_iter().take(KEPT).map(|(_, index)| candidates[index].clone()).collect();
        }
    }
}

/// Distance of two words, time warped (Sakoe and Chiba, 1978), by frame.
fn distance(one: &Frames, other: &Frames) -> f32 {
    let mut costs = vec![f32::INFINITY; other.nrows() + 1];
    costs[0] = 0.0;
    for frame in one.rows() {
        let mut diagonal = std::mem::replace(&mut costs[0], f32::INFINITY);
        for (index, against) in other.rows().into_iter().enumerate() {
            let here: f32 = frame.iter().zip(against).map(|(a, b)| (a - b) * (a - b)).sum();
            let best = diagonal.min(costs[index]).min(costs[index + 1]);
            diagonal = std::mem::replace(&mut costs[index + 1], here + best);
        }
    }
    costs[other.nrows()] / (one.nrows() + other.nrows()) as f32
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn a_slower_word_is_the_same_word() {
        let word = array![[0.0, 1.0], [3.0, 1.0], [2.0, 5.0]];
        let slower = array![[0.0, 1.0], [0.0, 1.0], [3.0, 1.0], [2.0, 5.0], [2.0, 5.0]];
        assert!(distance(&word, &slower) < 1e-6);
        assert!(distance(&word, &array![[0.0, 1.0], [2.0, 5.0], [3.0, 1.0]]) > 1.0);
    }

    #[test]
    fn what_was_cut_wrongly_is_no_template() {
        let (spectrum, mut templates) = (Spectrum::new(), Templates::default());
        for index in 0..9 {
            let pitch = if index == 2 { 0.9 } else { 0.2 + 0.001 * index as f32 };
            let tone: Vec<f32> = (0..800).map(|at| (at as f32 * pitch).sin()).collect();
            templates.add(7, &tone, &spectrum);
        }
        let wrong = templates.by_word[&7][2].samples.clone();
        templates.choose();
        let kept = &templates.by_word[&7];
        assert_eq!(kept.len(), KEPT);
        assert!(kept.iter().all(|candidate| candidate.samples != wrong));
    }
}

//! The reader: templates of the clips that it collected.

use std::ops::Range;

use captcha_picture::{Language, Level, Sum, pick_answer, speak, sum_for};
use ndarray::Axis;
use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::{
    cut::{Part, cut, softly},
    grammar::{Word, answer, arcs},
    recogniser::Recogniser,
    spectrum::{Frames, Spectrum, samples, span},
    templates::Templates,
};

/// Clips that are collected and labelled.
pub const CLIPS: usize = 400;

/// A reader of spoken sums of one language.
pub struct SoundReader {
    language: Language,
    spectrum: Spectrum,
    recogniser: Recogniser,
}

fn clip(language: Language, level: Level, rng: &mut StdRng) -> (Sum, Vec<f32>) {
    let sum = sum_for(pick_answer(rng), level, rng);
    (sum, samples(&speak(sum, language, rng.random())))
}

impl SoundReader {
    /// Collects clips of known sums, of levels 1 and 2 in turn.
    pub fn collect(language: Language, seed: u64) -> Self {
        let (spectrum, mut rng) = (Spectrum::new(), StdRng::seed_from_u64(seed));
        let mut numbers = Vec::new();
        let mut templates = Templates::default();
        for index in 0..CLIPS {
            let level = if index.is_multiple_of(2) { Level::L1 } else { Level::L2 };
            let (sum, samples) = clip(language, level, &mut rng);
            let frames = spectrum.frames(&samples);
            for part in cut(&frames, sum) {
                match part.words.as_slice() {
                    [word] => templates.add(*word, &samples[span(softly(part.frames, frames.nrows()))], &spectrum),
                    [tens, ones] => numbers.push(Number::new([*tens, *ones], &part, &samples, &frames)),
                    _ => {}
                }
            }
        }
        templates.choose();
        // Some words are never alone: they are what follows the tens.
        let is_missing = |number: &Number| !templates.by_word.contains_key(&number.words[1]);
        let missing: Vec<(Word, Vec<f32>)> = numbers
            .iter()
            .filter(|number| is_missing(number))
            .filter_map(|number| Some((number.words[1], number.ones(&templates)?)))
            .collect();
        for (word, samples) in missing {
            templates.add(word, &samples, &spectrum);
        }
        templates.choose();
        let recogniser = Recogniser::new(&templates, &spectrum);
        Self { language, spectrum, recogniser }
    }

    /// Number of solved sums of a level, out of `count` new ones.
    pub fn solved(&self, level: Level, count: usize, seed: u64) -> usize {
        let (arcs, mut rng) = (arcs(level), StdRng::seed_from_u64(seed));
        let solved = (0..count).filter(|_| {
            let (sum, samples) = clip(self.language, level, &mut rng);
            let read = self.recogniser.read(&self.spectrum.frames(&samples), &arcs);
            answer(&read) == Some(sum.answer())
        });
        solved.count()
    }
}

/// A number of two words.
struct Number {
    words: [Word; 2],
    /// Every way to cut it: frames of the first word, samples of the second.
    cuts: Vec<(Frames, Vec<f32>)>,
}

impl Number {
    fn new(words: [Word; 2], part: &Part, samples: &[f32], frames: &Frames) -> Self {
        let cut = |gap: &Range<usize>| {
            let (tens, ones) = (part.frames.start..gap.start, gap.end..part.frames.end);
            let [tens, ones] = [tens, ones].map(|word| softly(word, frames.nrows()));
            (frames.slice_axis(Axis(0), tens.into()).to_owned(), samples[span(ones)].to_vec())
        };
        Self { words, cuts: part.gaps.iter().map(cut).collect() }
    }

    /// Samples of the second word, where the first one resembles its templates best.
    fn ones(&self, templates: &Templates) -> Option<Vec<f32>> {
        let far = |(tens, _): &&(Frames, Vec<f32>)| templates.distance(self.words[0], tens);
        self.cuts.iter().min_by(|a, b| far(a).total_cmp(&far(b))).map(|(_, ones)| ones.clone())
    }
}

//! The reader: templates of the clips that it collected.

use captcha_picture::{Language, Level, Sum, pick_answer, speak, sum_for};
use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::{
    cut::cut,
    grammar::{answer, arcs},
    recogniser::Recogniser,
    spectrum::{Spectrum, samples, span},
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
        let mut templates = Templates::default();
        for index in 0..CLIPS {
            let level = if index % 2 == 0 { Level::L1 } else { Level::L2 };
            let (sum, samples) = clip(language, level, &mut rng);
            for (word, range, is_alone) in cut(&spectrum.frames(&samples), sum) {
                templates.add(word, &samples[span(range)], is_alone, &spectrum);
            }
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

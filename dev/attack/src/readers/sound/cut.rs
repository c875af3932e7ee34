//! Numbers and signs of a clip whose sum is known, cut at its pauses.

use std::ops::Range;

use captcha_picture::Sum;

use super::{
    grammar::{Word, words},
    spectrum::{Frames, loudness},
};

/// Loudness that is speech.
const LOUD: f32 = 1.05;
/// Frames of the shortest pause beside a sign.
const PAUSE: usize = 9;
/// Frames of the shortest and of the longest word: what is shorter or longer is a word played backwards, or has one.
const WORD: [usize; 2] = [10, 100];
/// Frames beside a word that belong to it: soft beginnings and ends.
const SOFT: usize = 3;

/// A number or the sign.
pub struct Part {
    pub words: Vec<Word>,
    pub frames: Range<usize>,
    /// Shorter silences, between its words and within them.
    pub gaps: Vec<Range<usize>>,
}

/// Silent runs between the first and the last loud frame of `within`, the longest first.
fn gaps(loud: &[bool], within: Range<usize>) -> Vec<Range<usize>> {
    let mut gaps = Vec::new();
    let mut last = None;
    for at in within.filter(|&at| loud[at]) {
        if let Some(last) = last.filter(|last| last + 1 < at) {
            gaps.push(last + 1..at);
        }
        last = Some(at);
    }
    gaps.sort_by_key(|gap| std::cmp::Reverse(gap.len()));
    gaps
}

/// First to last loud frame.
fn trimmed(loud: &[bool], within: Range<usize>) -> Range<usize> {
    let first = within.clone().find(|&at| loud[at]).unwrap_or(within.start);
    let last = within.clone().rev().find(|&at| loud[at]).unwrap_or(first);
    first..last + 1
}

/// Both numbers and the sign; empty if the pauses do not fit the sum.
pub fn cut(frames: &Frames, sum: Sum) -> Vec<Part> {
    let loud: Vec<bool> = frames.rows().into_iter().map(|frame| loudness(frame) > LOUD).collect();
    let all = trimmed(&loud, 0..loud.len());
    let mut pauses = gaps(&loud, all.clone());
    pauses.truncate(2);
    pauses.sort_by_key(|pause| pause.start);
    let [before, after] = pauses.as_slice() else { return Vec::new() };
    if before.len().min(after.len()) < PAUSE {
        return Vec::new();
    }
    let parts = [all.start..before.start, before.end..after.start, after.end..all.end];
    let parts = parts.into_iter().zip(words(sum));
    let parts = parts.map(|(frames, words)| Part { words, gaps: gaps(&loud, frames.clone()), frames });
    let parts: Vec<Part> = parts.collect();
    if parts.iter().all(|part| (WORD[0]..WORD[1] * part.words.len()).contains(&part.frames.len())) {
        parts
    } else {
        Vec::new()
    }
}

/// Frames with the soft ones beside them.
pub fn softly(frames: Range<usize>, all: usize) -> Range<usize> {
    frames.start.saturating_sub(SOFT)..(frames.end + SOFT).min(all)
}

#[cfg(test)]
mod tests {
    use captcha_picture::{Language, Level, pick_answer, speak, sum_for};
    use rand::{RngExt, SeedableRng, rngs::StdRng};

    use super::{
        super::spectrum::{Spectrum, samples},
        *,
    };

    #[test]
    fn gaps_are_between_loud_frames_and_sorted_by_length() {
        let loud: Vec<bool> = "..#.##...#..".bytes().map(|byte| byte == b'#').collect();
        assert_eq!(trimmed(&loud, 0..12), 2..10);
        assert_eq!(gaps(&loud, 0..12), [6..9, 3..4]);
    }

    #[test]
    fn most_clips_are_cut_into_two_numbers_and_a_sign() {
        let (spectrum, mut rng) = (Spectrum::new(), StdRng::seed_from_u64(6));
        let mut signs = Vec::new();
        for _ in 0..50 {
            let sum = sum_for(pick_answer(&mut rng), Level::L1, &mut rng);
            let frames = spectrum.frames(&samples(&speak(sum, Language::En, rng.random())));
            let parts = cut(&frames, sum);
            assert!(parts.is_empty() || parts.iter().map(|part| part.words.clone()).eq(words(sum)));
            signs.extend(parts.get(1).map(|sign| sign.frames.len()));
        }
        // Both signs take less than half a second.
        let right = signs.iter().filter(|frames| (15..50).contains(*frames)).count();
        assert!(right >= 25 && right * 10 >= signs.len() * 9, "{signs:?}");
    }
}

//! Words of a clip whose sum is known, cut at its pauses.

use std::ops::Range;

use captcha_picture::Sum;

use super::{
    grammar::{Word, words},
    spectrum::{Frames, loudness},
};

/// Loudness that is speech.
const LOUD: f32 = 1.05;
/// Frames of the shortest pause beside a sign, and of the shortest gap between two words of a number.
const PAUSE: usize = 9;
const GAP: usize = 2;

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

/// Frames beside a word that belong to it: soft beginnings and ends.
const SOFT: usize = 3;

/// The words with their frames, and `true` for those that are a whole number or the sign; empty if the pauses do not fit the sum.
pub fn cut(frames: &Frames, sum: Sum) -> Vec<(Word, Range<usize>, bool)> {
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
    let mut found = Vec::new();
    for (part, words) in parts.into_iter().zip(words(sum)) {
        match (words.as_slice(), gaps(&loud, part.clone()).first()) {
            ([word], _) => found.push((*word, part, true)),
            ([first, second], Some(gap)) if gap.len() >= GAP => {
                found.extend([(*first, part.start..gap.start, false), (*second, gap.end..part.end, false)]);
            }
            _ => {}
        }
    }
    let softly = |range: Range<usize>| range.start.saturating_sub(SOFT)..(range.end + SOFT).min(loud.len());
    found.into_iter().map(|(word, range, is_alone)| (word, softly(range), is_alone)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_between_loud_frames_and_sorted_by_length() {
        let loud: Vec<bool> = "..#.##...#..".bytes().map(|byte| byte == b'#').collect();
        assert_eq!(trimmed(&loud, 0..12), 2..10);
        assert_eq!(gaps(&loud, 0..12), [6..9, 3..4]);
    }
}

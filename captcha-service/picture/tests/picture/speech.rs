//! Spoken sums are valid WAV files, all of one length.

use captcha_picture::{ANSWERS, Language, Op, SPOKEN_LENGTH, Sum, speak, sum_for};
use rand::RngExt;

use crate::{LEVELS, rng, seed};

const LANGUAGES: [Language; 2] = [Language::Ru, Language::En];

#[test]
fn every_answer_is_spoken_in_both_languages_as_a_file_of_one_length() {
    let mut rng = rng(11);
    for (number, answer) in (0..).zip(ANSWERS) {
        for (level, language) in LEVELS.iter().zip(LANGUAGES.iter().cycle()) {
            let file = speak(sum_for(answer, *level, &mut rng), *language, seed(number));
            assert_eq!(file.len(), SPOKEN_LENGTH);
            assert!(file.len() <= 64 * 1024);
            assert_eq!((&file[..4], &file[8..16], &file[36..40]), (&b"RIFF"[..], &b"WAVEfmt "[..], &b"data"[..]));
            let sizes = [4, 40].map(|at| u32::from_le_bytes(file[at..at + 4].try_into().unwrap()) as usize);
            assert_eq!(sizes, [file.len() - 8, file.len() - 44]);
            assert!(file[44..].iter().any(|sample| sample.abs_diff(128) > 50), "{answer} is too soft to be heard");
        }
    }
}

#[test]
fn the_same_seed_speaks_the_same_and_another_one_otherwise() {
    let sum = Sum { left: 27, op: Op::Plus, right: 8 };
    for language in LANGUAGES {
        assert_eq!(speak(sum, language, seed(1)), speak(sum, language, seed(1)));
        assert_ne!(speak(sum, language, seed(1)), speak(sum, language, seed(2)));
    }
}

#[test]
fn any_sum_is_spoken_without_panic() {
    let mut rng = rng(12);
    for number in 0..300 {
        let op = if rng.random() { Op::Plus } else { Op::Minus };
        let sum = Sum { left: rng.random(), op, right: rng.random() };
        assert_eq!(speak(sum, LANGUAGES[number as usize % 2], seed(number)).len(), SPOKEN_LENGTH);
    }
    assert_eq!(speak(Sum { left: 0, op: Op::Minus, right: 0 }, Language::Ru, seed(0)).len(), SPOKEN_LENGTH);
}

#[test]
fn the_longest_sum_fits() {
    // All words must be audible: the end is noise, not a truncated word.
    let sum = Sum { left: 88, op: Op::Minus, right: 66 };
    for (number, language) in (0..40).zip(LANGUAGES.iter().cycle()) {
        let file = speak(sum, *language, seed(number));
        let loud = |samples: &[u8]| samples.iter().map(|sample| sample.abs_diff(128)).max().unwrap_or(0);
        assert!(loud(&file[file.len() - 8..]) < 60, "seed {number}");
    }
}

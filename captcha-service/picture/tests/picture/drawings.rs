//! Files are valid PNGs, indistinguishable from outside, and each drawn differently.

use std::io::Write;

use captcha_picture::{ANSWERS, BUCKET, Level, Op, Style, Sum, draw, sum_for};
use rand::RngExt;

use crate::{LEVELS, rng, seed};

/// Width, height and packed pixels, read by an independent decoder.
fn decode(file: &[u8]) -> (u32, u32, Vec<u8>) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
    let mut bits = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut bits).unwrap();
    assert_eq!((frame.color_type, frame.bit_depth), (png::ColorType::Grayscale, png::BitDepth::One));
    reader.finish().unwrap();
    (frame.width, frame.height, bits)
}

/// Names of all chunks.
fn chunks(file: &[u8]) -> Vec<String> {
    let (mut names, mut at) = (Vec::new(), 8);
    while at < file.len() {
        let length = u32::from_be_bytes(file[at..at + 4].try_into().unwrap()) as usize;
        names.push(String::from_utf8(file[at + 4..at + 8].to_vec()).unwrap());
        at += length + 12;
    }
    assert_eq!(at, file.len());
    names
}

fn some_sum(answer: u8, level: Level, number: u64) -> Sum {
    sum_for(answer, level, &mut rng(number))
}

#[test]
fn every_answer_is_drawn_at_every_level_as_a_file_of_one_length() {
    for (number, (level, answer)) in
        (0..).zip(LEVELS.iter().flat_map(|level| ANSWERS.map(move |answer| (*level, answer))))
    {
        for style in [Style::LARGE, Style::SMALL] {
            let file = draw(some_sum(answer, level, number), level, style, seed(number));
            assert_eq!(file.len(), BUCKET, "{level:?} {answer}");
            assert_eq!(chunks(&file), ["IHDR", "IDAT", "paDd", "IEND"]);
            let (width, height, bits) = decode(&file);
            assert_eq!((width, height), (style.width, style.height));
            let white: u32 = bits.iter().map(|byte| byte.count_ones()).sum();
            let share = f64::from(white) / f64::from(width * height);
            assert!((0.4..0.95).contains(&share), "{level:?} {answer}: {share} of it is white");
        }
    }
}

#[test]
fn a_compressed_transport_does_not_reveal_lengths() {
    let mut lengths = Vec::new();
    for number in 0..120 {
        let level = LEVELS[number as usize % 3];
        let answer = 10 + (number % 90) as u8;
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        gzip.write_all(&draw(some_sum(answer, level, number), level, Style::LARGE, seed(number))).unwrap();
        lengths.push(gzip.finish().unwrap().len());
    }
    let (least, most) = (lengths.iter().min().unwrap(), lengths.iter().max().unwrap());
    assert!(most - least < BUCKET / 100, "{least} to {most} bytes");
}

#[test]
fn the_same_seed_draws_the_same_file_and_another_one_another() {
    for level in LEVELS {
        let sum = some_sum(42, level, 1);
        let first = draw(sum, level, Style::LARGE, seed(1));
        assert_eq!(first, draw(sum, level, Style::LARGE, seed(1)));
        assert_ne!(decode(&first).2, decode(&draw(sum, level, Style::LARGE, seed(2))).2);
    }
}

#[test]
fn inverted_is_the_same_drawing_in_the_other_colours() {
    let sum = Sum { left: 37, op: Op::Plus, right: 25 };
    for level in LEVELS {
        let plain = decode(&draw(sum, level, Style::LARGE, seed(3))).2;
        let inverted = decode(&draw(sum, level, Style { inverted: true, ..Style::LARGE }, seed(3))).2;
        assert!(plain.iter().zip(&inverted).all(|(plain, inverted)| *plain == !*inverted));
    }
}

#[test]
fn no_digit_leaves_the_picture() {
    for number in 0..400 {
        let level = LEVELS[number as usize % 2];
        let (_, _, bits) =
            decode(&draw(some_sum(10 + (number % 90) as u8, level, number), level, Style::LARGE, seed(number)));
        let row = 100;
        let (top, bottom) = (&bits[..row], &bits[bits.len() - row..]);
        assert!(top.iter().chain(bottom).all(|byte| *byte == 255), "{level:?}, seed {number}");
    }
}

#[test]
fn any_style_and_any_sum_is_drawn_without_panic() {
    let mut rng = rng(6);
    let sides = [0, 1, 55, 56, 57, 159, 160, 161, 163, 280, 399, 560, 561, 1599, 1600, 1601, u32::MAX];
    for (number, (&width, &height)) in
        (0..).zip(sides.iter().flat_map(|width| sides.iter().map(move |height| (width, height))))
    {
        let op = if rng.random() { Op::Plus } else { Op::Minus };
        let sum = Sum { left: rng.random(), op, right: rng.random() };
        let style = Style { width, height, inverted: rng.random() };
        let file = draw(sum, LEVELS[number as usize % 3], style, seed(number));
        let (drawn_width, drawn_height, _) = decode(&file);
        assert_eq!((drawn_width, drawn_height), (width.clamp(160, 1600), height.clamp(56, 560)));
        assert_eq!(file.len() % BUCKET, 0);
    }
}

/// Length is constant; the share of black is visible without OCR. It must not correlate with the answer.
#[test]
fn the_share_of_black_does_not_correlate_with_the_answer() {
    let mut samples = Vec::new();
    for number in 0..1800 {
        let answer = 10 + (number % 90) as u8;
        let (_, _, bits) = decode(&draw(some_sum(answer, Level::L2, number), Level::L2, Style::SMALL, seed(number)));
        samples.push((f64::from(answer), f64::from(bits.iter().map(|byte| byte.count_zeros()).sum::<u32>())));
    }
    let count = samples.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| samples.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|sample| sample.0), mean(|sample| sample.1));
    let covariance: f64 = samples.iter().map(|sample| (sample.0 - x) * (sample.1 - y)).sum();
    let spread = |of: fn(&(f64, f64)) -> f64, mean: f64| {
        samples.iter().map(|sample| (of(sample) - mean).powi(2)).sum::<f64>().sqrt()
    };
    let correlation = covariance / spread(|sample| sample.0, x) / spread(|sample| sample.1, y);
    assert!(correlation.abs() < 0.15, "{correlation}");
}

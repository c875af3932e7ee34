//! Answers are uniform, and sums match their level.

use captcha_picture::{ANSWERS, Level, Op, pick_answer, sum_for};

use crate::{LEVELS, rng};

#[test]
fn every_answer_gets_sums_of_its_level_and_no_others() {
    let mut rng = rng(1);
    for (level, answer) in LEVELS.iter().flat_map(|level| ANSWERS.map(move |answer| (*level, answer))) {
        for _ in 0..300 {
            let sum = sum_for(answer, level, &mut rng);
            assert_eq!(sum.answer(), answer, "{sum:?}");
            assert!((10..=99).contains(&sum.left), "{sum:?}");
            let seconds = if level == Level::L1 { 2..=9 } else { 10..=89 };
            assert!(seconds.contains(&sum.right), "{level:?} {sum:?}");
            assert!(sum.left != answer && sum.right != answer, "{sum:?} shows its answer");
        }
    }
}

#[test]
fn every_sum_of_a_level_occurs() {
    let mut rng = rng(2);
    for level in [Level::L1, Level::L2] {
        let mut seen = std::collections::HashSet::new();
        for answer in ANSWERS {
            for _ in 0..4000 {
                seen.insert(sum_for(answer, level, &mut rng));
            }
        }
        // All sums, counted without starting from the answer.
        let mut all = 0;
        for (left, right) in (10..=99u8).flat_map(|left| (2..=99u8).map(move |right| (left, right))) {
            let fits = if level == Level::L1 { right <= 9 } else { right >= 10 };
            all += usize::from(fits && ANSWERS.contains(&(left + right)));
            all += usize::from(fits && left > right && ANSWERS.contains(&(left - right)) && left - right != right);
        }
        assert_eq!(seen.len(), all, "{level:?}");
    }
}

#[test]
fn answers_are_uniform() {
    let mut rng = rng(3);
    let mut counts = [0u32; 256];
    for _ in 0..90_000 {
        counts[usize::from(pick_answer(&mut rng))] += 1;
    }
    assert_eq!(counts[10..=99].iter().sum::<u32>(), 90_000);
    let chi2: f64 = counts[10..=99].iter().map(|&count| (f64::from(count) - 1000.0).powi(2) / 1000.0).sum();
    // 89 degrees of freedom: one uniform source in a million is above 164.
    assert!(chi2 < 164.0, "{chi2}");
}

#[test]
fn both_signs_are_equally_likely_where_both_exist() {
    let mut rng = rng(4);
    for (level, answers) in [(Level::L1, 12..=97), (Level::L2, 20..=89), (Level::L3, 20..=89)] {
        for answer in answers {
            let plus = (0..2000).filter(|_| sum_for(answer, level, &mut rng).op == Op::Plus).count();
            assert!((850..=1150).contains(&plus), "{level:?} {answer}: {plus}");
        }
    }
}

#[test]
fn answers_out_of_range_are_clamped() {
    let mut rng = rng(5);
    for (asked, answered) in [(0, 10), (9, 10), (100, 99), (255, 99)] {
        for level in LEVELS {
            assert_eq!(sum_for(asked, level, &mut rng).answer(), answered);
        }
    }
}

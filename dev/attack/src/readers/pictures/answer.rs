//! From probabilities of digits to the likeliest answer.

use captcha_picture::{ANSWERS, Level, Op, Sum};

use super::crops::labels;

/// Probabilities of the digits of one number: of the first, then of the second.
pub type Digits = [Vec<f32>; 2];

/// Every sum that the level makes, each as likely as another.
fn sums(level: Level) -> impl Iterator<Item = Sum> {
    let seconds = if level == Level::L1 { 2..=9 } else { 10..=89 };
    seconds.flat_map(|right| {
        ANSWERS.flat_map(move |answer| {
            let plus = (answer >= right + 10).then(|| Sum { left: answer - right, op: Op::Plus, right });
            let minus =
                (answer + right <= 99 && right != answer).then(|| Sum { left: answer + right, op: Op::Minus, right });
            plus.into_iter().chain(minus)
        })
    })
}

/// The answer with the most probability over all sums that have it.
pub fn likeliest(level: Level, op: Op, numbers: &[Digits; 2]) -> u8 {
    let mut answers = [0.0f32; 100];
    for sum in sums(level).filter(|sum| sum.op == op) {
        let probability = numbers
            .iter()
            .zip(labels(sum))
            .map(|(number, [first, second])| number[0][usize::from(first)] * number[1][usize::from(second)]);
        answers[usize::from(sum.answer())] += probability.product::<f32>();
    }
    let best = ANSWERS.max_by(|a, b| answers[usize::from(*a)].total_cmp(&answers[usize::from(*b)]));
    best.unwrap_or(*ANSWERS.start())
}

#[cfg(test)]
mod tests {
    use captcha_picture::{pick_answer, sum_for};
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;

    const LEVELS: [Level; 3] = [Level::L1, Level::L2, Level::L3];

    /// Certain digits.
    fn read(sum: Sum) -> [Digits; 2] {
        labels(sum).map(|[first, second]| {
            let mut digits = [vec![0.01; 10], vec![0.01; 11]];
            digits[0][usize::from(first)] = 1.0;
            digits[1][usize::from(second)] = 1.0;
            digits
        })
    }

    #[test]
    fn every_sum_that_is_made_can_be_read() {
        let mut rng = StdRng::seed_from_u64(3);
        for level in LEVELS {
            let known: Vec<Sum> = sums(level).collect();
            for _ in 0..500 {
                let sum = sum_for(pick_answer(&mut rng), level, &mut rng);
                assert!(known.contains(&sum), "{sum:?}");
                assert_eq!(likeliest(level, sum.op, &read(sum)), sum.answer());
            }
        }
    }

    #[test]
    fn an_impossible_digit_gives_way_to_the_next_one() {
        // 95 + 17 is above 99; the second choice for the 9 is a 4.
        let mut numbers = read(Sum { left: 95, op: Op::Plus, right: 17 });
        numbers[0][0][4] = 0.6;
        assert_eq!(likeliest(Level::L2, Op::Plus, &numbers), 62);
    }
}

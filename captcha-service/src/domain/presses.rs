//! Minimum key presses of an answer on the on-screen keypad of the TV page, with a remote control that has arrows and
//! OK: a lower bound for humans.

use super::answer::Answer;

/// Column and row of a key: `1 2 3 / 4 5 6 / 7 8 9 / ⌫ 0 OK`.
const fn key_position(digit: u8) -> (u8, u8) {
    match digit {
        0 => (1, 3),
        digit => ((digit - 1) % 3, (digit - 1) / 3),
    }
}

const OK_POSITION: (u8, u8) = (2, 3);

const fn distance(from: (u8, u8), to: (u8, u8)) -> u8 {
    from.0.abs_diff(to.0) + from.1.abs_diff(to.1)
}

/// Presses for both digits and OK, from key 5, where the page starts: 6 to 14.
pub fn least_presses(answer: Answer) -> u8 {
    let (tens, ones) = (key_position(answer.number() / 10), key_position(answer.number() % 10));
    distance(key_position(5), tens) + 1 + distance(tens, ones) + 1 + distance(ones, OK_POSITION) + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_take_six_to_fourteen_presses_and_nine_on_average() {
        let all: Vec<u8> = (10..=99).filter_map(Answer::new).map(least_presses).collect();
        let sum: u32 = all.iter().map(|presses| u32::from(*presses)).sum();
        assert_eq!((all.iter().min(), all.iter().max(), all.len()), (Some(&6), Some(&14), 90));
        assert_eq!((f64::from(sum) / 90.0 * 10.0).round(), 90.0);
    }
}

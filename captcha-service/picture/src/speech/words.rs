//! Words of a sum: the same in the same order in both languages.

use crate::{Op, Sum};

/// A word of a sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Word {
    /// Index in the voice.
    pub index: usize,
    /// `true` before a pause, as after a number and after a sign.
    pub pauses: bool,
}

const PLUS: usize = 27;
const MINUS: usize = 28;

/// Words of a sum, in order.
pub(super) fn of(sum: Sum) -> impl Iterator<Item = Word> {
    let sign = Word { index: if sum.op == Op::Plus { PLUS } else { MINUS }, pauses: true };
    number(sum.left).chain([sign]).chain(number(sum.right))
}

/// One word for 1 to 20 and for tens, two for all others.
fn number(number: u8) -> impl Iterator<Item = Word> {
    let (tens, ones) = (usize::from(number.min(99) / 10), usize::from(number.min(99) % 10));
    let (first, second) = match (tens, ones) {
        (0, 0) => (None, None),
        (0, _) => (None, Some(ones - 1)),
        (1, _) => (None, Some(9 + ones)),
        (_, 0) => (None, Some(17 + tens)),
        _ => (Some(17 + tens), Some(ones - 1)),
    };
    let first = first.map(|index| Word { index, pauses: false });
    first.into_iter().chain(second.map(|index| Word { index, pauses: true }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 29] = [
        "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16", "17", "18", "19", "20",
        "30", "40", "50", "60", "70", "80", "90", "+", "-",
    ];

    #[test]
    fn the_words_of_every_number_add_up_to_it() {
        for value in 1..=99 {
            let words: Vec<Word> = number(value).collect();
            let sum: u8 = words.iter().map(|word| NAMES[word.index].parse::<u8>().unwrap()).sum();
            assert_eq!(sum, value);
            assert!(words.len() <= 2 && words.last().unwrap().pauses);
        }
    }

    #[test]
    fn signs_stand_between_numbers() {
        let spoken = |op| of(Sum { left: 42, op, right: 15 }).map(|word| NAMES[word.index]).collect::<Vec<_>>();
        assert_eq!(spoken(Op::Plus), ["40", "2", "+", "15"]);
        assert_eq!(spoken(Op::Minus), ["40", "2", "-", "15"]);
    }
}

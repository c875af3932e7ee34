//! Words of sums, and the order in which they are spoken.

use captcha_picture::{ANSWERS, Level, Op, Sum};

/// A word: 1 to 20 and the tens by their value, then the signs.
pub type Word = u8;

const PLUS: Word = 101;
const MINUS: Word = 102;

/// All words.
pub fn vocabulary() -> impl Iterator<Item = Word> {
    (1..=20).chain((30..=90).step_by(10)).chain([PLUS, MINUS])
}

fn number(number: u8) -> Vec<Word> {
    if number <= 20 || number.is_multiple_of(10) { vec![number] } else { vec![number - number % 10, number % 10] }
}

/// Words of the first number, of the sign and of the second number.
pub fn words(sum: Sum) -> [Vec<Word>; 3] {
    let sign = if sum.op == Op::Plus { PLUS } else { MINUS };
    [number(sum.left), vec![sign], number(sum.right)]
}

/// A sum's place between two words: before it, after the tens of the first number, after that number, after the sign,
/// after the tens of the second number, at the end.
pub type Node = usize;

/// Number of nodes.
pub const NODES: usize = 6;

/// Nodes that are also others: a number may end with its tens.
pub const SHORT_CUTS: [(Node, Node); 2] = [(1, 2), (4, 5)];

/// A word that leads from a node to a later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arc {
    pub from: Node,
    pub to: Node,
    pub word: Word,
}

/// All arcs of the sums of a level.
pub fn arcs(level: Level) -> Vec<Arc> {
    let mut arcs: Vec<Arc> = [PLUS, MINUS].map(|word| Arc { from: 2, to: 3, word }).into();
    for (start, is_small) in [(0, false), (3, level == Level::L1)] {
        arcs.extend(vocabulary().filter(|word| *word < PLUS && (*word < 10 || !is_small)).map(|word| match word {
            1..10 if is_small => Arc { from: start, to: start + 2, word },
            1..10 => Arc { from: start + 1, to: start + 2, word },
            10..20 => Arc { from: start, to: start + 2, word },
            _ => Arc { from: start, to: start + 1, word },
        }));
    }
    arcs
}

/// Answer to the sum of these words; `None` if no sum has them.
pub fn answer(words: &[Word]) -> Option<u8> {
    let sign = words.iter().position(|word| *word >= PLUS)?;
    let (left, right) = (words[..sign].iter().sum::<u8>(), words[sign + 1..].iter().sum::<u8>());
    let answer = if words[sign] == PLUS { left.checked_add(right) } else { left.checked_sub(right) };
    answer.filter(|answer| ANSWERS.contains(answer))
}

#[cfg(test)]
mod tests {
    use captcha_picture::{pick_answer, sum_for};
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;

    #[test]
    fn the_words_of_every_sum_are_in_its_grammar_and_give_its_answer() {
        let mut rng = StdRng::seed_from_u64(4);
        for level in [Level::L1, Level::L2, Level::L3] {
            let arcs = arcs(level);
            for _ in 0..300 {
                let sum = sum_for(pick_answer(&mut rng), level, &mut rng);
                let words = words(sum).concat();
                assert_eq!(answer(&words), Some(sum.answer()), "{sum:?}");
                let mut nodes = vec![0];
                for word in words {
                    let next = arcs.iter().filter(|arc| arc.word == word && nodes.contains(&arc.from));
                    nodes = next.map(|arc| arc.to).collect();
                    let ends = SHORT_CUTS.iter().filter(|(from, _)| nodes.contains(from)).map(|(_, to)| *to);
                    nodes.extend(ends.collect::<Vec<_>>());
                }
                assert!(nodes.contains(&(NODES - 1)), "{sum:?}");
            }
        }
    }

    #[test]
    fn words_out_of_bounds_are_no_answer() {
        assert_eq!(answer(&[90, 9, PLUS, 12]), None);
        assert_eq!(answer(&[20, MINUS, 40]), None);
        assert_eq!(answer(&[20, 5]), None);
    }

    #[test]
    fn numbers_of_two_digits_have_one_way_each_through_the_grammar() {
        let arcs = arcs(Level::L2);
        let singles = arcs.iter().filter(|arc| (arc.from, arc.to) == (0, 2)).map(|arc| arc.word);
        let tens = || arcs.iter().filter(|arc| (arc.from, arc.to) == (0, 1)).map(|arc| arc.word);
        let ones = || arcs.iter().filter(|arc| (arc.from, arc.to) == (1, 2)).map(|arc| arc.word);
        let pairs = tens().flat_map(|tens| ones().map(move |ones| tens + ones));
        let mut numbers: Vec<Word> = singles.chain(tens()).chain(pairs).collect();
        numbers.sort_unstable();
        assert!(numbers.into_iter().eq(10..=99));
    }
}

//! What clients were told: one file for each replica, and all of them together.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use limiter_lib::gcra::EPOCH;

/// An answer is taken for that of a decision if it came within this time, in ticks. A server that lost its state gives the
/// replicas longer before it decides again, so that no answer is taken for one from before.
const SOON: i64 = 16_000_000 * 3 / 10;
/// Clocks are read in microseconds, and not all at once.
const SKEW: i64 = 16_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Answer {
    pub pair: u32,
    /// The number that the server said.
    pub said: i64,
    /// When it came, in the limiter's ticks, by a clock that is right.
    pub came: i64,
}

/// Bytes of one answer in a file.
pub const RECORD: usize = 20;

pub fn write(file: &mut BufWriter<File>, answer: Answer) {
    let mut bytes = [0; RECORD];
    bytes[..4].copy_from_slice(&answer.pair.to_le_bytes());
    bytes[4..12].copy_from_slice(&answer.said.to_le_bytes());
    bytes[12..].copy_from_slice(&answer.came.to_le_bytes());
    file.write_all(&bytes).unwrap();
}

pub fn read(file: &Path) -> Vec<Answer> {
    let bytes = std::fs::read(file).unwrap();
    assert_eq!(bytes.len() % RECORD, 0, "the file is whole");
    let answer = |bytes: &[u8]| Answer {
        pair: u32::from_le_bytes(bytes[..4].try_into().unwrap()),
        said: i64::from_le_bytes(bytes[4..12].try_into().unwrap()),
        came: i64::from_le_bytes(bytes[12..].try_into().unwrap()),
    };
    bytes.chunks_exact(RECORD).map(answer).collect()
}

/// Now in ticks, by a clock that is off by so many seconds.
pub fn now(off: i64) -> i64 {
    let micros = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros() as i64;
    (micros - (EPOCH as i64 + off) * 1_000_000) * 16
}

/// All answers, to be found one by one.
pub struct Answers {
    sorted: Vec<Answer>,
    found: Vec<bool>,
}

impl Answers {
    pub fn new(mut answers: Vec<Answer>) -> Self {
        answers.sort_unstable();
        Self { found: vec![false; answers.len()], sorted: answers }
    }

    /// Whether a decision of `at` was answered. Each answer is found once.
    pub fn take(&mut self, pair: u32, said: i64, at: i64) -> bool {
        self.take_within(pair, said, at - SKEW, at + SOON)
    }

    fn take_within(&mut self, pair: u32, said: i64, from: i64, until: i64) -> bool {
        let first = Answer { pair, said, came: from };
        let begin = self.sorted.partition_point(|answer| *answer < first);
        let same =
            self.sorted[begin..].iter().take_while(|one| (one.pair, one.said) == (pair, said) && one.came <= until);
        let index = (begin..).zip(same).map(|(index, _)| index).find(|index| !self.found[*index]);
        index.map(|index| self.found[index] = true).is_some()
    }

    /// Answers that are left when each of `decisions` that no answer was found for is given one that came later.
    pub fn invented(&mut self, decisions: &[Answer]) -> usize {
        for one in decisions {
            self.take_within(one.pair, one.said, one.came - SKEW, i64::MAX);
        }
        self.found.iter().filter(|found| !**found).count()
    }
}

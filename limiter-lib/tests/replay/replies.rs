//! Replies that clients received: one file for each replica, and the index of all.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use limiter_lib::gcra::EPOCH;

/// Maximum time, in ticks, from a decision to its reply. The grace period of a server that lost its state is longer, so
/// that no reply is matched with a decision before the loss.
const MAX_DELAY: i64 = 16_000_000 * 3 / 10;
/// Clocks are read in microseconds, and not all at once.
const SKEW: i64 = 16_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reply {
    pub pair: u32,
    /// The number in the server's reply.
    pub number: i64,
    /// Time of receipt, in the limiter's ticks, by a correct clock.
    pub received_at: i64,
}

/// Bytes of one reply in a file.
pub const RECORD: usize = 20;

pub fn write(file: &mut BufWriter<File>, reply: Reply) {
    let mut bytes = [0; RECORD];
    bytes[..4].copy_from_slice(&reply.pair.to_le_bytes());
    bytes[4..12].copy_from_slice(&reply.number.to_le_bytes());
    bytes[12..].copy_from_slice(&reply.received_at.to_le_bytes());
    file.write_all(&bytes).unwrap();
}

pub fn read(file: &Path) -> Vec<Reply> {
    let bytes = std::fs::read(file).unwrap();
    assert_eq!(bytes.len() % RECORD, 0, "the file is whole");
    let reply = |bytes: &[u8]| Reply {
        pair: u32::from_le_bytes(bytes[..4].try_into().unwrap()),
        number: i64::from_le_bytes(bytes[4..12].try_into().unwrap()),
        received_at: i64::from_le_bytes(bytes[12..].try_into().unwrap()),
    };
    bytes.chunks_exact(RECORD).map(reply).collect()
}

/// The correct time in ticks, read from a clock with an offset in seconds.
#[expect(clippy::disallowed_methods, reason = "compared with the clock of the server")]
pub fn now(offset: i64) -> i64 {
    let micros = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros() as i64;
    (micros - (EPOCH as i64 + offset) * 1_000_000) * 16
}

/// All replies, matched one by one.
pub struct Replies {
    sorted: Vec<Reply>,
    found: Vec<bool>,
}

impl Replies {
    pub fn new(mut replies: Vec<Reply>) -> Self {
        replies.sort_unstable();
        Self { found: vec![false; replies.len()], sorted: replies }
    }

    /// `true` when a decision at `at` was answered. Each reply is matched once.
    pub fn take(&mut self, pair: u32, number: i64, at: i64) -> bool {
        self.take_within(pair, number, at - SKEW, at + MAX_DELAY)
    }

    fn take_within(&mut self, pair: u32, number: i64, from: i64, until: i64) -> bool {
        let first = Reply { pair, number, received_at: from };
        let begin = self.sorted.partition_point(|reply| *reply < first);
        let same = self.sorted[begin..]
            .iter()
            .take_while(|reply| (reply.pair, reply.number) == (pair, number) && reply.received_at <= until);
        let index = (begin..).zip(same).map(|(index, _)| index).find(|index| !self.found[*index]);
        index.map(|index| self.found[index] = true).is_some()
    }

    /// Number of unmatched replies, after each of the unanswered `decisions` was matched with a later reply.
    pub fn count_unmatched(&mut self, decisions: &[Reply]) -> usize {
        for reply in decisions {
            self.take_within(reply.pair, reply.number, reply.received_at - SKEW, i64::MAX);
        }
        self.found.iter().filter(|found| !**found).count()
    }
}

//! The simulated bots.

use std::time::Duration;

use super::run::{Tally, Way, again, guess_passwords, honestly, never, never_for_an_hour, once, sell, top_five, work};
use crate::{
    Outcome, chance,
    reader::{COMMODITY, NOBODY, PERFECT, TRAINED, WORKER},
};

fn quickest() -> Duration {
    Duration::from_millis(1250)
}

fn too_fast() -> Duration {
    Duration::from_millis(300)
}

fn by_timer() -> Duration {
    Duration::from_secs(4)
}

fn like_people() -> Duration {
    chance::around(6.0, 0.45).max(Duration::from_millis(1500))
}

fn by_hand() -> Duration {
    chance::around(15.0, 0.4).max(Duration::from_secs(3))
}

const PLAIN: Way = Way {
    name: "",
    reader: NOBODY,
    pace: like_people,
    devices: 1,
    one_in: 1,
    mints: false,
    roams: false,
    answers: once,
    uses: honestly,
};

/// All bots. Each except the minters has one device at a time, so that days are device days.
pub const BOTS: [Way; 20] = [
    Way { name: "guesser", ..PLAIN },
    Way { name: "guesser, another network each time", roams: true, ..PLAIN },
    Way { name: "free reader of text", reader: COMMODITY, ..PLAIN },
    Way { name: "free reader, five tries at a picture", reader: COMMODITY, answers: top_five, ..PLAIN },
    Way { name: "trained reader", reader: TRAINED, ..PLAIN },
    Way { name: "perfect solver, too fast", reader: PERFECT, pace: too_fast, ..PLAIN },
    Way { name: "perfect solver, as fast as allowed", reader: PERFECT, pace: quickest, ..PLAIN },
    Way { name: "perfect solver, by a timer", reader: PERFECT, pace: by_timer, ..PLAIN },
    Way { name: "perfect solver, times like people", reader: PERFECT, ..PLAIN },
    Way { name: "perfect solver, another network each time", reader: PERFECT, roams: true, ..PLAIN },
    Way { name: "solver farm of 50 devices", reader: WORKER, pace: by_hand, devices: 50, ..PLAIN },
    Way { name: "harvester of pictures", answers: never, one_in: 20, ..PLAIN },
    Way { name: "harvester, another network each time", answers: never, one_in: 20, roams: true, ..PLAIN },
    Way { name: "harvester, lets its token age for hours", answers: never_for_an_hour, ..PLAIN },
    Way { name: "harvester of tokens, new device each time", answers: never, one_in: 500, mints: true, ..PLAIN },
    Way { name: "replayer of passes", reader: PERFECT, uses: again, ..PLAIN },
    Way { name: "reseller of passes", reader: PERFECT, uses: sell, ..PLAIN },
    Way { name: "guesser of passwords", reader: PERFECT, uses: guess_passwords, ..PLAIN },
    Way { name: "free reader, new device each time", reader: COMMODITY, mints: true, one_in: 500, ..PLAIN },
    // Upper bound for a network that creates devices and solves everything.
    Way { name: "perfect solver, new device each time", reader: PERFECT, mints: true, one_in: 500, ..PLAIN },
];

/// Runs all bots.
pub fn all(days: u32) -> Outcome<Vec<Tally>> {
    BOTS.iter().map(|way| work(way, days)).collect()
}

//! The simulated bots.

use std::time::Duration;

use super::run::{
    Strategy, Tally, again, guess_passwords, honestly, never, never_for_an_hour, once, sell, top_five, work,
};
use crate::{
    Outcome, chance,
    reader::{COMMODITY, GUESSER, PERFECT, TRAINED, WORKER},
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

const PLAIN: Strategy = Strategy {
    name: "",
    reader: GUESSER,
    pace: like_people,
    devices: 1,
    one_in: 1,
    new_device_each_time: false,
    new_network_each_time: false,
    answers: once,
    uses: honestly,
};

/// All bots. Each except the minters has one device at a time, so that days are device days.
pub const BOTS: [Strategy; 20] = [
    Strategy { name: "guesser", ..PLAIN },
    Strategy { name: "guesser, another network each time", new_network_each_time: true, ..PLAIN },
    Strategy { name: "free reader of text", reader: COMMODITY, ..PLAIN },
    Strategy { name: "free reader, five tries at a picture", reader: COMMODITY, answers: top_five, ..PLAIN },
    Strategy { name: "trained reader", reader: TRAINED, ..PLAIN },
    Strategy { name: "perfect solver, too fast", reader: PERFECT, pace: too_fast, ..PLAIN },
    Strategy { name: "perfect solver, as fast as allowed", reader: PERFECT, pace: quickest, ..PLAIN },
    Strategy { name: "perfect solver, by a timer", reader: PERFECT, pace: by_timer, ..PLAIN },
    Strategy { name: "perfect solver, times like people", reader: PERFECT, ..PLAIN },
    Strategy {
        name: "perfect solver, another network each time",
        reader: PERFECT,
        new_network_each_time: true,
        ..PLAIN
    },
    Strategy { name: "solver farm of 50 devices", reader: WORKER, pace: by_hand, devices: 50, ..PLAIN },
    Strategy { name: "harvester of pictures", answers: never, one_in: 20, ..PLAIN },
    Strategy {
        name: "harvester, another network each time",
        answers: never,
        one_in: 20,
        new_network_each_time: true,
        ..PLAIN
    },
    Strategy { name: "harvester, lets its token age for hours", answers: never_for_an_hour, ..PLAIN },
    Strategy {
        name: "harvester of tokens, new device each time",
        answers: never,
        one_in: 500,
        new_device_each_time: true,
        ..PLAIN
    },
    Strategy { name: "replayer of passes", reader: PERFECT, uses: again, ..PLAIN },
    Strategy { name: "reseller of passes", reader: PERFECT, uses: sell, ..PLAIN },
    Strategy { name: "guesser of passwords", reader: PERFECT, uses: guess_passwords, ..PLAIN },
    Strategy {
        name: "free reader, new device each time",
        reader: COMMODITY,
        new_device_each_time: true,
        one_in: 500,
        ..PLAIN
    },
    // Upper bound for a network that creates devices and solves everything.
    Strategy {
        name: "perfect solver, new device each time",
        reader: PERFECT,
        new_device_each_time: true,
        one_in: 500,
        ..PLAIN
    },
];

/// Runs all bots.
pub fn all(days: u32) -> Outcome<Vec<Tally>> {
    BOTS.iter().map(|strategy| work(strategy, days)).collect()
}

//! The simulated bots.

use std::time::Duration;

use contracts::captcha::Action;

use super::run::{Tally, work};
use super::strategy::{
    Strategy, again, guess_passwords, honestly, listens, looks, never, never_for_an_hour, once, sell, takes_turns,
    top_five,
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
    listens: looks,
    devices: 1,
    one_network: false,
    old: false,
    one_in: 1,
    new_device_each_time: false,
    new_network_each_time: false,
    answers: once,
    uses: honestly,
};

/// All bots. The readers beside the pace, the devices and the networks are what people would try.
const BOTS: [Strategy; 24] = [
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
    Strategy { name: "reader of spoken sums", reader: TRAINED, listens, ..PLAIN },
    Strategy { name: "reader of pictures and spoken sums in turn", reader: TRAINED, listens: takes_turns, ..PLAIN },
    Strategy {
        name: "50 old devices of one network",
        reader: TRAINED,
        devices: 50,
        one_network: true,
        old: true,
        ..PLAIN
    },
    Strategy {
        name: "50 old devices of one network, by sound",
        reader: TRAINED,
        listens,
        devices: 50,
        one_network: true,
        old: true,
        ..PLAIN
    },
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
        one_in: 50,
        ..PLAIN
    },
    // Upper bound for a network that creates devices and solves everything.
    Strategy {
        name: "perfect solver, new device each time",
        reader: PERFECT,
        new_device_each_time: true,
        one_in: 50,
        ..PLAIN
    },
];

/// Results of one kind of bot.
pub struct Results {
    /// With its own reader, signing in.
    pub own: Tally,
    /// With a perfect reader, signing in and opening accounts.
    pub perfect: [Tally; 2],
}

/// Runs all bots.
pub fn all(days: u32) -> Outcome<Vec<Results>> {
    let run = |strategy: &Strategy| {
        let perfect = Strategy { reader: PERFECT, ..*strategy };
        Ok(Results {
            own: work(strategy, Action::LogIn, days)?,
            perfect: [work(&perfect, Action::LogIn, days)?, work(&perfect, Action::SignUp, days)?],
        })
    };
    BOTS.iter().map(run).collect()
}

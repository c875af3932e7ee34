//! Arithmetic of challenges and quotas: from the share of sums that a reader solves to its passes a day.

use captcha_service::domain::{Level, PassBudget, rules};

/// Periods of ten minutes in a day, in each of which a network may have new devices.
const PERIODS: f64 = 144.0;

/// Kind of sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Modality {
    Picture,
    Sound,
}

/// A reader of sums of a level.
#[derive(Clone, Copy, Debug)]
pub struct Reader {
    pub modality: Modality,
    pub level: Level,
    /// Share of sums that it solves, 0 to 1.
    pub share: f64,
}

/// Expected result of a challenge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expected {
    /// Probability of a pass.
    pub pass: f64,
    /// Answers given.
    pub answers: f64,
}

/// Result of a challenge that takes so many right answers in a row, and accepts so many answers.
fn expected(share: f64, needed: u8, rounds: u8) -> Expected {
    // Probability of each number of right answers in a row, while the challenge is open.
    let mut streaks = vec![0.0; usize::from(needed)];
    streaks[0] = 1.0;
    let mut result = Expected { pass: 0.0, answers: 0.0 };
    for _ in 0..rounds {
        let open: f64 = streaks.iter().sum();
        result.answers += open;
        result.pass += streaks[streaks.len() - 1] * share;
        streaks.rotate_right(1);
        streaks.iter_mut().for_each(|streak| *streak *= share);
        streaks[0] = open * (1.0 - share);
    }
    result
}

impl Reader {
    /// Right answers in a row that are needed; above level 1 a spoken sum would be easier than the picture.
    fn needed(self) -> u8 {
        let level = if self.modality == Modality::Sound && self.level > Level::One { Level::Three } else { self.level };
        level.needed()
    }

    /// A challenge of a device that has given a right answer.
    pub fn known_device(self) -> Expected {
        expected(self.share, self.needed(), rules::ROUNDS)
    }

    /// A challenge of any other device.
    pub fn new_device(self) -> Expected {
        let rounds = rules::ROUNDS_UNPROVEN[usize::from(self.level > Level::One)];
        expected(self.share, self.needed(), rounds.max(self.needed()))
    }

    /// Passes a day of one device, which has given a right answer and does not wait.
    pub fn passes_of_device(self) -> f64 {
        let cost = if self.modality == Modality::Sound { rules::SPOKEN_ANSWER_COST } else { 1 };
        let challenge = self.known_device();
        let answers = f64::from(rules::ANSWERS_PER_DAY / cost);
        self.budget().min(answers * challenge.pass / challenge.answers)
    }

    /// Passes a day of a network that replaces its devices as fast as it may, each after one challenge.
    pub fn passes_of_network(self) -> f64 {
        let devices = f64::from(rules::NEW_DEVICES_PER_PREFIX) * PERIODS;
        self.budget().min(devices * self.new_device().pass)
    }

    fn budget(self) -> f64 {
        let budget = PassBudget::default();
        f64::from(if self.modality == Modality::Sound { budget.spoken() } else { budget.passes() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(one: f64, other: f64) {
        assert!((one - other).abs() < 1e-9, "{one} {other}");
    }

    const GUESS: f64 = 1.0 / 90.0;

    #[test]
    fn three_guesses_miss_three_times() {
        let challenge = expected(GUESS, 1, 3);
        close(challenge.pass, 1.0 - (89.0f64 / 90.0).powi(3));
        close(challenge.answers, 1.0 + 89.0 / 90.0 + (89.0f64 / 90.0).powi(2));
    }

    #[test]
    fn two_right_answers_of_three_are_in_a_row() {
        let share: f64 = 0.7;
        close(expected(share, 2, 3).pass, share * share + (1.0 - share) * share * share);
        close(expected(share, 2, 2).pass, share * share);
        close(expected(1.0, 2, 3).answers, 2.0);
    }

    #[test]
    fn a_perfect_reader_gets_the_budget_and_no_more() {
        for (level, picture) in [(Level::One, 30.0), (Level::Two, 30.0), (Level::Three, 15.0)] {
            let reader = |modality| Reader { modality, level, share: 1.0 };
            close(reader(Modality::Picture).passes_of_device(), picture);
            close(reader(Modality::Picture).passes_of_network(), 30.0);
            close(reader(Modality::Sound).passes_of_network(), 10.0);
            assert!(reader(Modality::Sound).passes_of_device() <= 10.0);
        }
    }

    #[test]
    fn sound_of_a_higher_level_needs_two_sums() {
        let heard = |level| Reader { modality: Modality::Sound, level, share: 0.5 }.new_device().pass;
        close(heard(Level::One), 0.75);
        close(heard(Level::Two), 0.25);
        close(heard(Level::Three), 0.25);
    }
}

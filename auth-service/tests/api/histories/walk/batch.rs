//! A batch of histories side by side on one installation, which crashes now and then.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};

use super::choice::Step;
use super::history::History;
use super::installation::Installation;

/// Steps of a history.
const STEPS: std::ops::RangeInclusive<u32> = 5..=11;
/// Time after which the hourly work has been done.
const HOUR: u64 = 60 * 60;
/// Batches of which one lives through weeks.
const LONG: u64 = 12;
/// Deliveries until a mail is taken for lost.
const MAX_DELIVERIES: u32 = 5;
/// Greatest progress of a request or a delivery before a crash.
const MAX_PROGRESS: u32 = 40;

/// Size of a batch.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub histories: u64,
    pub crashes: usize,
}

/// What has happened; a run without one of these has tested nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Figures {
    pub histories: u64,
    pub steps: u64,
    pub crashes: u64,
    pub mails: u64,
    /// Answers to refreshes that devices have lost.
    pub lost_answers: u64,
    /// Histories in which the contested address was proved at the end.
    pub proved: u64,
    /// Sessions that were signed in at the end.
    pub live: u64,
}

impl Figures {
    pub fn add(&mut self, other: Self) {
        self.histories += other.histories;
        self.steps += other.steps;
        self.crashes += other.crashes;
        self.mails += other.mails;
        self.lost_answers += other.lost_answers;
        self.proved += other.proved;
        self.live += other.live;
    }
}

/// Place of a crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Crash {
    InRequest,
    BeforeDelivery,
    InDelivery,
}

struct Batch<'a, I> {
    site: &'a mut I,
    random: StdRng,
    histories: Vec<History>,
    /// Number of steps that are left of each history.
    left: Vec<u32>,
    is_long: bool,
    /// A crash that waits for a delivery.
    postponed: Option<Crash>,
    figures: Figures,
}

/// Plays the histories from number `first` on. The same seed makes the same choices.
pub fn play<I: Installation>(site: &mut I, seed: u64, first: u64, plan: Plan) -> Figures {
    let mut random = StdRng::seed_from_u64(seed);
    let numbers = first..first + plan.histories;
    let histories: Vec<_> = numbers.map(|number| History::new(random.random(), number)).collect();
    let left: Vec<_> = histories.iter().map(|_| random.random_range(STEPS)).collect();
    let steps: u32 = left.iter().sum();
    let crashes: Vec<_> = (0..plan.crashes).map(|_| random.random_range(1..steps)).collect();
    let is_long = random.random_range(0..LONG) == 0;
    let figures = Figures { histories: plan.histories, steps: steps.into(), ..Figures::default() };
    let mut batch = Batch { site, random, histories, left, is_long, postponed: None, figures };
    for step in 0..steps {
        let places = [Crash::InRequest, Crash::InRequest, Crash::BeforeDelivery, Crash::InDelivery];
        let place = places.choose(&mut batch.random).copied();
        batch.step(place.filter(|_| crashes.contains(&step)));
    }
    batch.end()
}

impl<I: Installation> Batch<'_, I> {
    fn step(&mut self, crash: Option<Crash>) {
        self.pass_time();
        let open: Vec<_> = (0..self.left.len()).filter(|history| self.left[*history] > 0).collect();
        let Some(chosen) = open.choose(&mut self.random).copied() else { return };
        self.left[chosen] -= 1;
        let progress = self.random.random_range(0..MAX_PROGRESS);
        let history = &mut self.histories[chosen];
        let is_interrupted = match history.choose() {
            Step::Operation(operation) => {
                let may_be = crash == Some(Crash::InRequest) && history.may_be_interrupted(&operation);
                history.perform(self.site, &operation, may_be.then_some(progress));
                may_be
            }
            Step::LoseAnswer(device) => {
                history.lose_answer(self.site, device);
                false
            }
            Step::TwoTabs(device, seconds) => {
                history.refresh_in_two_tabs(self.site, device, seconds);
                self.apply_due_changes(seconds);
                false
            }
        };
        let is_due = self.histories.iter().any(|history| !history.model.due.is_empty());
        let crash = crash.or(self.postponed.take());
        self.postponed = crash.filter(|crash| *crash == Crash::InDelivery && !is_due);
        let crash = crash.filter(|_| self.postponed.is_none());
        if let Some(crash) = crash {
            self.figures.crashes += 1;
            if !is_interrupted {
                self.site.crash_during_delivery(if crash == Crash::InDelivery { progress } else { 0 });
            }
        }
        if is_due || crash.is_some() {
            self.deliver();
        }
    }

    /// Mostly seconds, sometimes minutes or hours, and in a few batches days.
    fn pass_time(&mut self) {
        let seconds = match self.random.random_range(0..1000) {
            0..80 => self.random.random_range(1..20),
            80..100 => 90,
            100..112 => 16 * 60,
            112..118 => 3 * HOUR,
            118..122 if self.is_long => *[1, 2, 8].choose(&mut self.random).unwrap_or(&1) * 24 * HOUR,
            _ => return,
        };
        if self.site.advance(seconds) {
            self.apply_due_changes(seconds);
        }
    }

    /// The hourly work has been done when an hour has passed.
    fn apply_due_changes(&mut self, seconds: u64) {
        if seconds >= HOUR {
            let now = self.site.now();
            self.histories.iter_mut().for_each(|history| history.model.apply_due_changes(now));
            self.deliver();
        }
    }

    /// Hands out the mails that have arrived, and asserts that none is missing. On a busy machine a statement of the
    /// worker can take too long: it leaves what is due to the next one.
    fn deliver(&mut self) {
        for _ in 0..MAX_DELIVERIES {
            self.hand_out();
            if !self.histories.iter().any(History::is_mail_missing) {
                return;
            }
        }
        self.histories.iter().for_each(History::assert_no_mail_is_missing);
    }

    fn hand_out(&mut self) {
        let mut mails = self.site.deliver();
        mails.extend(self.histories.iter_mut().flat_map(|history| std::mem::take(&mut history.of_others)));
        self.figures.mails += mails.len() as u64;
        for mail in mails {
            // Histories of earlier batches may still have a change that waits.
            let history = self.histories.iter_mut().find(|history| history.address(&mail.to).is_some());
            if let Some(history) = history {
                history.take(mail);
            }
        }
    }

    fn end(mut self) -> Figures {
        for history in &mut self.histories {
            history.check_end(self.site);
        }
        self.deliver();
        let sum = |of: fn(&History) -> u64| -> u64 { self.histories.iter().map(of).sum() };
        self.figures.lost_answers = sum(|history| history.devices.iter().map(|device| u64::from(device.lost)).sum());
        self.figures.proved = sum(|history| u64::from(history.model.is_proved(super::model::Address::Contested)));
        self.figures.live = sum(|history| history.live_devices().len() as u64);
        self.figures
    }
}

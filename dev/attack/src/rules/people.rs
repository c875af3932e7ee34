//! Simulated humans signing in on their TVs.

use std::{cmp::Reverse, collections::BinaryHeap, time::Duration};

use contracts::{
    Secret,
    captcha::{Action, assess::Decision, feedback::Outcome as SignInOutcome},
};

use crate::{
    Outcome, chance,
    world::{AnswerResult, Client, PictureView, World},
};

/// Result of a simulated population.
#[derive(Clone, Copy, Default)]
pub struct Town {
    pub name: &'static str,
    /// Attempted sign-ins.
    pub attempts: u32,
    /// Of these, allowed without a picture.
    pub allowed: u32,
    /// Answered pictures.
    pub pictures: u32,
    /// Of these, at levels 2 and 3.
    pub hard: u32,
    /// Sign-ins by phone, because the network has no passes left or the risk is too high for a sum.
    pub by_phone: u32,
    /// Sign-ins that were abandoned after three lost challenges or waits.
    pub refused: u32,
}

/// Lost challenges before a user gives up.
const MAX_LOST_CHALLENGES: u8 = 3;

/// Time of the outage: an evening after four weeks.
const OUTAGE: Duration = Duration::from_secs((28 * 24 + 12) * 3600);
/// Duration of the evening.
const EVENING: Duration = Duration::from_secs(12 * 3600);

struct Person {
    client: Client,
    /// The TV loses its credential.
    forgets: bool,
    /// Signed in on this TV before, so that auth-service needs no challenge.
    known: bool,
    /// Median solve time of a picture, in seconds.
    pace: f64,
    /// Sign-ins per day.
    a_day: f64,
    /// Time of a scheduled further sign-in.
    comes_back: Option<Duration>,
    stage: Stage,
}

enum Stage {
    Idle,
    Solving(PictureView, u8),
    CoolingDown(u8),
}

/// Four weeks: half of the users share addresses by 500, the others by ten. All are new in the first days.
pub fn ordinary_weeks(people: u32) -> Outcome<Town> {
    let address = |index: u32| if index.is_multiple_of(2) { index / 1000 * 256 } else { 0x10_0000 + index / 10 * 256 };
    let people = (0..people).map(|index| person(address(index), chance::until_next(0.3))).collect();
    simulate("four weeks", people, Duration::ZERO, Duration::from_secs(28 * 86_400))
}

/// 450 users of one address lost their sign-in sessions, and all return within ten minutes. A third of their devices
/// is new; the others signed in over the four weeks before, which is not counted.
pub fn evening_after_an_outage() -> Outcome<Town> {
    let evening = |index: u32| OUTAGE + Duration::from_secs_f64(f64::from(index % 150) * 4.0);
    let people = (0..450).map(|index| {
        let known = index >= 150;
        let (mut person, _) = person(7, Duration::ZERO);
        person.a_day = 0.0;
        person.comes_back = known.then(|| evening(index));
        (person, if known { Duration::from_secs(u64::from(index - 150) * 8000) } else { evening(index) })
    });
    simulate("an evening after an outage, one address", people.collect(), OUTAGE, OUTAGE + EVENING)
}

fn person(address: u32, start: Duration) -> (Person, Duration) {
    let person = Person {
        client: Client::new(address),
        forgets: chance::happens(0.05),
        known: false,
        pace: if chance::happens(0.05) { 35.0 } else { 6.5 },
        a_day: 0.3,
        comes_back: None,
        stage: Stage::Idle,
    };
    (person, start)
}

/// Runs all users in the order of time. Events before `from` are not counted.
fn simulate(name: &'static str, mut people: Vec<(Person, Duration)>, from: Duration, end: Duration) -> Outcome<Town> {
    let world = World::new()?;
    let mut town = Town { name, ..Town::default() };
    let mut due: BinaryHeap<_> =
        people.iter().enumerate().map(|(index, (_, start))| Reverse((*start, index))).collect();
    while let Some(Reverse((at, index))) = due.pop() {
        if at > end {
            break;
        }
        if world.now() < from && at >= from {
            town = Town { name, ..Town::default() };
        }
        world.sleep(at.saturating_sub(world.now()));
        if let Some(wait) = people[index].0.act(&world, &mut town)? {
            due.push(Reverse((world.now() + wait, index)));
        }
    }
    Ok(town)
}

impl Person {
    /// Performs the next step and returns the time to the one after.
    fn act(&mut self, world: &World, town: &mut Town) -> Outcome<Option<Duration>> {
        match std::mem::replace(&mut self.stage, Stage::Idle) {
            Stage::Idle => {
                town.attempts += 1;
                self.sign_in(world, town, 0)
            }
            Stage::CoolingDown(lost) => self.sign_in(world, town, lost),
            Stage::Solving(view, lost) => self.answer(world, town, &view, lost),
        }
    }

    fn sign_in(&mut self, world: &World, town: &mut Town, lost: u8) -> Outcome<Option<Duration>> {
        if self.forgets && lost == 0 {
            self.client.token = None;
        } else if self.known {
            town.allowed += 1;
            return Ok(self.later(world));
        }
        let (decision, assessment) = world.assess(&self.client, Action::LogIn)?;
        match decision {
            Decision::Allow => {
                town.allowed += 1;
                self.known = !self.forgets;
                Ok(self.later(world))
            }
            Decision::Challenge => match world.open(&mut self.client, Action::LogIn, Some(assessment), false)? {
                Ok(view) => Ok(self.solve(view, lost)),
                Err(wait) => Ok(self.wait(world, town, wait, lost + 1)),
            },
            Decision::Deny => Ok(self.wait(world, town, Duration::from_secs(60), lost + 1)),
            Decision::Alternative => {
                town.by_phone += 1;
                Ok(self.later(world))
            }
        }
    }

    /// Reads and types, longer at higher levels.
    fn solve(&mut self, view: PictureView, lost: u8) -> Option<Duration> {
        let pace = self.pace * (0.75 + 0.25 * f64::from(view.level));
        self.stage = Stage::Solving(view, lost);
        Some(chance::around(pace, 0.45).max(Duration::from_millis(1600)))
    }

    fn answer(&mut self, world: &World, town: &mut Town, view: &PictureView, lost: u8) -> Outcome<Option<Duration>> {
        town.pictures += 1;
        town.hard += u32::from(view.level > 1);
        let error_rate = [0.04, 0.08, 0.12][usize::from(view.level.clamp(1, 3)) - 1];
        let answer = if chance::happens(error_rate) { chance::guess() } else { view.right_answer };
        match world.answer(view, answer)? {
            AnswerResult::Passed(pass) => self.log_in(world, &pass),
            AnswerResult::Again(next) => Ok(self.solve(next, lost)),
            AnswerResult::Closed(wait) => Ok(self.wait(world, town, wait, lost + 1)),
        }
    }

    /// One in twelve types a wrong password, and tries again.
    fn log_in(&mut self, world: &World, pass: &Secret) -> Outcome<Option<Duration>> {
        let Some(id) = world.redeem(pass, &self.client, Action::LogIn)? else {
            return Err("a pass of a person was not good".into());
        };
        if chance::happens(1.0 / 12.0) {
            world.report_outcome(&id, SignInOutcome::BadPassword)?;
            self.stage = Stage::CoolingDown(0);
            return Ok(Some(chance::around(20.0, 0.5)));
        }
        world.report_outcome(&id, SignInOutcome::LoginOk)?;
        self.known = !self.forgets;
        Ok(self.later(world))
    }

    fn wait(&mut self, world: &World, town: &mut Town, wait: Duration, lost: u8) -> Option<Duration> {
        if lost >= MAX_LOST_CHALLENGES {
            town.refused += 1;
            return self.later(world);
        }
        self.stage = Stage::CoolingDown(lost);
        Some(wait + chance::around(5.0, 0.5))
    }

    /// Time until the next sign-in.
    fn later(&mut self, world: &World) -> Option<Duration> {
        match self.comes_back.take() {
            Some(at) => Some(at.saturating_sub(world.now())),
            None => (self.a_day > 0.0).then(|| chance::until_next(self.a_day)),
        }
    }
}

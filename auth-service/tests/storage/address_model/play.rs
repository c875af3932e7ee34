//! Histories in random order, on several threads.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::history::History;
use super::user_steps::{OWNER_RESETS, STEPS_OF_THE_SQUATTER};
use super::world::World;
use super::{operator_acts, user_steps};
use crate::support::{TestStore, on_large_stack};

/// Histories if `ADDRESS_HISTORIES` is not set; `make soak` plays 100,000.
const HISTORIES: u64 = 300;
/// Maximum number of histories on one database: its tables grow.
const HISTORIES_OF_A_DATABASE: u64 = 250;
/// Steps of a history.
const STEPS: u64 = 24;
const STEPS_OF_USERS: u64 = user_steps::NAMES.len() as u64;
const STEPS_OF_ALL: u64 = STEPS_OF_USERS + operator_acts::NAMES.len() as u64;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[expect(clippy::disallowed_methods, reason = "set by whoever runs the tests, no setting of a program")]
fn number_of_histories() -> u64 {
    std::env::var("ADDRESS_HISTORIES").ok().and_then(|text| text.parse().ok()).unwrap_or(HISTORIES)
}

/// Pseudo-random numbers, the same in each run.
struct Lcg(u64);

impl Lcg {
    /// For the history with this number.
    fn of(number: u64) -> Self {
        let mut lcg = Self(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 20_261_130);
        lcg.below(1); // the first numbers of near seeds resemble each other
        lcg
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

impl History<'_> {
    /// Runs a step, and checks what must hold whatever it was. `true` when the contested address is proved then.
    async fn step(&mut self, number: u64) -> bool {
        let names = user_steps::NAMES.into_iter().chain(operator_acts::NAMES);
        self.trace.extend(names.skip(usize::try_from(number).unwrap()).take(1));
        let (before, by_squatter) = (self.proved_holder().await, number < STEPS_OF_THE_SQUATTER);
        let (owner, was_signed_in) = (self.owner, self.is_signed_in(self.owner).await);
        let act = number.checked_sub(STEPS_OF_USERS);
        match act {
            None => self.step_of_users(number).await,
            Some(act) => self.act_of_operator(act).await,
        }
        let may_end =
            act.map_or(number == OWNER_RESETS, |act| operator_acts::ACTS_ON_SESSIONS_OF_THE_OWNER.contains(&act));
        if was_signed_in && !may_end {
            assert!(self.is_signed_in(owner).await, "the owner was signed out by another's act: {:?}", self.trace);
        }
        let after = self.proved_holder().await;
        if by_squatter && before.is_some() {
            assert_eq!(after, before, "a squatter changed a proved owner: {:?}", self.trace);
        }
        if let Some(holder) = after {
            assert!(self.rightful.contains(&holder), "proved by somebody else: {:?}", self.trace);
        }
        self.assert_consistent().await;
        after.is_some()
    }
}

#[test]
fn in_no_history_does_a_claim_outrank_a_proof() {
    let (histories, next, proved) = (number_of_histories(), AtomicU64::new(0), AtomicU64::new(0));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = histories.div_ceil(threads as u64).clamp(1, HISTORIES_OF_A_DATABASE);
    let work = || loop {
        let first = next.fetch_add(share, Ordering::Relaxed);
        if first >= histories {
            break;
        }
        let last = histories.min(first + share);
        proved.fetch_add(on_large_stack(move || play(first..last)), Ordering::Relaxed);
    };
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    let proved = proved.into_inner();
    assert!(proved > histories / 4, "{proved} of {histories} histories had a proof");
}

/// Plays the histories of these numbers on one database, one after the other. Returns the number of those in which the
/// contested address was proved.
async fn play(numbers: Range<u64>) -> u64 {
    let store = TestStore::create().await;
    let world = World::on(store.replica().await, &store);
    let admins = [world.admin().await, world.admin().await];
    let mut proved = 0;
    for number in numbers {
        let mut history = History::begin(&world, admins, number).await;
        let (mut rng, mut was_proved) = (Lcg::of(number), false);
        for _ in 0..STEPS {
            was_proved |= history.step(rng.below(STEPS_OF_ALL)).await;
        }
        proved += u64::from(was_proved);
        world.empty_mailboxes().await;
        world.advance(DAY);
    }
    proved
}

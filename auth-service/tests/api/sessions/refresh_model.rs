//! Refreshes in random order, compared with a simple model.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::app::{SignedIn, TestApp};

const GRACE: u64 = 10;
const DAY: u64 = 86_400;
const LATE_USES: usize = 8;
const STEPS: usize = 60;

/// Expected state of one session. Times are seconds since its start.
struct Model {
    now: u64,
    generation: usize,
    rotated_at: u64,
    ended: bool,
    /// Generations used late since the first of them, in the order of their uses.
    late: Vec<usize>,
    late_since: u64,
}

#[derive(Debug, PartialEq, Eq)]
enum Expected {
    Successor(usize),
    Replayed,
    Invalid,
}

impl Model {
    fn refresh(&mut self, generation: usize) -> Expected {
        if self.ended {
            return Expected::Invalid;
        }
        if generation == self.generation {
            self.generation += 1;
            self.rotated_at = self.now;
            return Expected::Successor(self.generation);
        }
        if generation + 1 == self.generation && (self.now < self.rotated_at + GRACE || self.is_allowed_late()) {
            return Expected::Successor(self.generation);
        }
        self.ended = true;
        Expected::Replayed
    }

    fn is_allowed_late(&mut self) -> bool {
        if self.late.is_empty() || self.now >= self.late_since + DAY {
            self.late.clear();
            self.late_since = self.now;
        }
        if self.late.last() != Some(&self.generation) {
            self.late.push(self.generation);
        }
        self.late.len() <= LATE_USES
    }
}

/// Runs one session: mostly current tokens, sometimes older ones, while time passes.
async fn play(app: &TestApp, seed: u64) {
    let mut rng = StdRng::seed_from_u64(seed);
    // Some sessions are used without pauses, others with one before almost every refresh.
    let (pauses, current) = if seed.is_multiple_of(2) { (0.1, 0.8) } else { (0.6, 0.5) };
    let first = app.signed_in(&app.user().await).await;
    let mut model = Model { now: 0, generation: 0, rotated_at: 0, ended: false, late: Vec::new(), late_since: 0 };
    let mut tokens = vec![first.refresh.clone()];
    let mut last_access = first.access;
    for step in 0..STEPS {
        let seconds = if rng.random_bool(pauses) { 2 * GRACE } else { rng.random_range(0..GRACE + 2) / 2 };
        let seconds = if rng.random_bool(0.01) { DAY } else { seconds };
        app.advance(Duration::from_secs(seconds));
        model.now += seconds;
        let newest = tokens.len() - 1;
        let back = match rng.random_range(0.0..1.0) {
            part if part < current => 0,
            part if part < 0.98 => newest.min(1),
            _ => newest.min(2),
        };
        let generation = newest - back;
        let expected = model.refresh(generation);
        let reply = app.refresh(&tokens[generation]).await;
        let step = format!("seed {seed}, step {step}, generation {generation}, expected {expected:?}");
        match expected {
            Expected::Successor(next) => {
                assert_eq!(reply.status, 200, "{step}");
                let pair = SignedIn::from(&reply.json());
                last_access = pair.access;
                if next == tokens.len() {
                    tokens.push(pair.refresh);
                } else {
                    assert_eq!(pair.refresh, tokens[next], "{step}");
                }
            }
            Expected::Replayed => assert_eq!(reply.json()["code"], "auth.refresh_token_replayed", "{step}"),
            Expected::Invalid => assert_eq!(reply.json()["code"], "auth.refresh_token_invalid", "{step}"),
        }
        assert_eq!(app.is_active(&last_access).await, !model.ended, "{step}");
    }
}

#[tokio::test]
async fn refreshing_in_any_order_matches_the_model() {
    let app = TestApp::start().await;
    for seed in 0..12 {
        play(&app, seed).await;
    }
}

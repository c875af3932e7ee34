//! Refreshes in random order, compared with a simple model.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::app::{SignedIn, TestApp};

const GRACE: u64 = 10;
const STEPS: usize = 40;

/// Expected state of one session. Times are seconds since its start.
struct Model {
    now: u64,
    generation: usize,
    rotated_at: u64,
    ended: bool,
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
        if generation + 1 == self.generation && self.now < self.rotated_at + GRACE {
            return Expected::Successor(self.generation);
        }
        self.ended = true;
        Expected::Replayed
    }
}

/// Runs one session: mostly current tokens, sometimes older ones, while time passes.
async fn play(app: &TestApp, seed: u64) {
    let mut rng = StdRng::seed_from_u64(seed);
    let first = app.signed_in(&app.user().await).await;
    let mut model = Model { now: 0, generation: 0, rotated_at: 0, ended: false };
    let mut tokens = vec![first.refresh.clone()];
    let mut last_access = first.access;
    for step in 0..STEPS {
        let seconds = rng.random_range(0..GRACE + 2) / 2;
        app.advance(Duration::from_secs(seconds));
        model.now += seconds;
        let newest = tokens.len() - 1;
        let back = if rng.random_bool(0.8) { 0 } else { rng.random_range(0..=newest.min(2)) };
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

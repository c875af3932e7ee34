//! Property test: invariants of the rules on random walks, over every store.

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use captcha_service::domain::ChangeRefusal;
use captcha_service::flows::answer::AnswerOutcome;
use captcha_service::flows::change_picture::ChangeError;
use captcha_service::flows::issue::IssueError;
use contracts::Secret;
use contracts::captcha::siteverify::ErrorCode;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use uuid::Uuid;

use crate::rig::{Kind, Rig, verification, wrong};

/// A step of a walk.
#[derive(Debug, Clone)]
enum Move {
    Issue { device: usize },
    Answer { challenge: usize, right: bool },
    AnswerStale { challenge: usize, picture: usize },
    Refresh { challenge: usize },
    Extend { challenge: usize },
    Wait { tenths: u64 },
    Redeem { pass: usize, repeat: bool },
}

fn moves() -> impl Strategy<Value = Move> {
    prop_oneof![
        3 => (0..2_usize).prop_map(|device| Move::Issue { device }),
        6 => (0..4_usize, any::<bool>()).prop_map(|(challenge, right)| Move::Answer { challenge, right }),
        2 => (0..4_usize, 0..6_usize).prop_map(|(challenge, picture)| Move::AnswerStale { challenge, picture }),
        3 => (0..4_usize).prop_map(|challenge| Move::Refresh { challenge }),
        2 => (0..4_usize).prop_map(|challenge| Move::Extend { challenge }),
        6 => (5..80_u64).prop_map(|tenths| Move::Wait { tenths }),
        1 => (600..2500_u64).prop_map(|tenths| Move::Wait { tenths }),
        4 => (0..4_usize, any::<bool>()).prop_map(|(pass, repeat)| Move::Redeem { pass, repeat }),
    ]
}

/// A challenge as seen by a client.
struct ChallengeView {
    device: usize,
    name: String,
    pictures: Vec<String>,
    current: String,
    opened: u64,
    shown: u64,
    answers: u32,
    rounds: u32,
    refreshes: u32,
    extensions: u32,
    over: bool,
}

#[derive(Default)]
struct Walk {
    /// Number of its network: budgets of networks outlast a walk.
    network: u16,
    /// Milliseconds: the rules are exact to one.
    now: u64,
    tokens: [Option<Secret>; 2],
    cool_until: [u64; 2],
    /// End of the cool-down that decoy answers may have caused.
    may_cool_until: [u64; 2],
    challenges: Vec<ChallengeView>,
    passes: Vec<(String, u64, bool, Uuid)>,
    redeemed: HashSet<String>,
}

impl Walk {
    async fn step(&mut self, rig: &Rig, step: &Move) {
        match *step {
            Move::Issue { device } => self.issue(rig, device).await,
            Move::Answer { challenge, right } => self.answer(rig, challenge, right).await,
            Move::AnswerStale { challenge, picture } => self.answer_stale(rig, challenge, picture).await,
            Move::Refresh { challenge } => self.refresh(rig, challenge).await,
            Move::Extend { challenge } => self.extend(rig, challenge).await,
            Move::Wait { tenths } => {
                rig.clock.advance(Duration::from_millis(tenths * 100));
                self.now += tenths * 100;
            }
            Move::Redeem { pass, repeat } => self.redeem(rig, pass, repeat).await,
        }
    }

    fn live(&self, device: usize) -> usize {
        let live = |view: &&ChallengeView| view.device == device && !view.over && self.now < self.ends(view);
        self.challenges.iter().filter(live).count()
    }

    fn ends(&self, view: &ChallengeView) -> u64 {
        view.opened + 180_000 * u64::from(1 + view.extensions)
    }

    async fn issue(&mut self, rig: &Rig, device: usize) {
        let [a, b] = self.network.to_be_bytes();
        let address = IpAddr::from([10, a, b, u8::try_from(device).unwrap()]);
        match rig.issue(self.tokens[device].as_ref(), address).await {
            Ok(issued) => {
                assert!(self.now >= self.cool_until[device], "a device that cools down opens nothing");
                assert!(rig.kind.is_sealed() || self.live(device) < 2, "a third live challenge");
                assert!(issued.ttl.as_secs() <= 180);
                self.tokens[device] = Some(issued.device_token);
                self.challenges.push(ChallengeView {
                    device,
                    name: issued.token.to_text(),
                    pictures: vec![issued.picture_id.clone()],
                    current: issued.picture_id,
                    opened: self.now,
                    shown: self.now,
                    answers: 0,
                    rounds: issued.challenge.rounds().into(),
                    refreshes: 0,
                    extensions: 0,
                    over: false,
                });
            }
            Err(IssueError::Refused(wait)) => {
                // Walks are too short for the daily quota, so two reasons remain.
                let cools = self.now < self.cool_until[device].max(self.may_cool_until[device]);
                let reason = cools || self.live(device) >= 2;
                assert!(reason && !wait.is_zero(), "refused for no reason");
            }
            Err(error) => panic!("{error}"),
        }
    }

    async fn answer(&mut self, rig: &Rig, challenge: usize, right: bool) {
        let Some(at) = self.pick(challenge) else { return };
        let (name, picture) = (self.challenges[at].name.clone(), self.challenges[at].current.clone());
        let known = rig.right(&name, &picture).await;
        let text = if right { known.clone() } else { wrong(&known) };
        let fast = self.now - self.challenges[at].shown < 1200;
        let outcome = rig.answer(&name, &picture, &text).await.unwrap();
        let may_pass = right && !fast;
        self.record_outcome(at, outcome, may_pass, rig.kind);
    }

    async fn answer_stale(&mut self, rig: &Rig, challenge: usize, picture: usize) {
        let Some(at) = self.pick(challenge) else { return };
        let view = &self.challenges[at];
        let stale = view.pictures[picture % view.pictures.len()].clone();
        if stale == view.current {
            return;
        }
        let (name, right) = (view.name.clone(), rig.right(&view.name, &stale).await);
        let outcome = rig.answer(&name, &stale, &right).await.unwrap();
        if rig.kind.is_sealed() {
            // A decoy branch; the challenge itself goes on.
            match outcome {
                AnswerOutcome::Passed { .. } => panic!("a picture passes twice"),
                AnswerOutcome::Closed { wait } => self.may_cool(at, millis(wait)),
                AnswerOutcome::Again { .. } => {}
            }
        } else {
            self.record_outcome(at, outcome, false, rig.kind);
        }
    }

    fn record_outcome(&mut self, at: usize, outcome: AnswerOutcome, may_pass: bool, kind: Kind) {
        let (now, ends) = (self.now, self.ends(&self.challenges[at]));
        let view = &mut self.challenges[at];
        let was_over = view.over || now >= ends;
        match outcome {
            AnswerOutcome::Passed { token, ttl } => {
                assert!(may_pass && !was_over, "passed by a wrong, fast or late answer");
                assert!(ttl.as_secs() <= 120);
                view.over = true;
                self.passes.push((token, now, false, Uuid::new_v4()));
            }
            AnswerOutcome::Again { .. } if view.over && kind.is_sealed() => {} // a decoy
            AnswerOutcome::Again { challenge, picture_id, ttl } => {
                assert!(!was_over, "a challenge goes on after its end");
                view.answers += 1;
                assert!(view.answers < view.rounds && u32::from(challenge.round()) == view.answers + 1);
                assert!(ttl.as_secs() <= 360 && now + millis(ttl) == ends);
                assert!(!view.pictures.contains(&picture_id), "a picture is shown twice");
                view.pictures.push(picture_id.clone());
                (view.current, view.shown) = (picture_id, now);
                assert!(view.pictures.len() <= 6 + usize::try_from(view.extensions).unwrap());
            }
            AnswerOutcome::Closed { wait } => {
                assert!(wait.as_secs() >= 30);
                assert!(was_over || view.answers + 1 == view.rounds, "closed before the last answer");
                view.over = true;
                if was_over {
                    self.may_cool(at, millis(wait));
                } else {
                    self.cool(at, millis(wait));
                }
            }
        }
    }

    fn cool(&mut self, at: usize, wait: u64) {
        let until = &mut self.cool_until[self.challenges[at].device];
        *until = (*until).max(self.now + wait);
    }

    fn may_cool(&mut self, at: usize, wait: u64) {
        let until = &mut self.may_cool_until[self.challenges[at].device];
        *until = (*until).max(self.now + wait);
    }

    async fn refresh(&mut self, rig: &Rig, challenge: usize) {
        let Some(at) = self.pick(challenge) else { return };
        let (now, ends) = (self.now, self.ends(&self.challenges[at]));
        let view = &mut self.challenges[at];
        match rig.state.challenges.refresh(&view.name, &view.current, None).await {
            Ok(changed) => {
                assert!(!view.over && now < ends && view.refreshes < 3);
                view.refreshes += 1;
                assert_eq!(u32::from(changed.challenge.refreshes_left()), 3 - view.refreshes);
                view.pictures.push(changed.picture_id.clone());
                (view.current, view.shown) = (changed.picture_id, now);
            }
            Err(ChangeError::Refused(ChangeRefusal::UsedUp)) => assert!(view.refreshes == 3 && !view.over),
            Err(ChangeError::Refused(ChangeRefusal::Over)) => assert!(view.over || now >= ends),
            Err(error) => panic!("{error}"),
        }
    }

    async fn extend(&mut self, rig: &Rig, challenge: usize) {
        let Some(at) = self.pick(challenge) else { return };
        let (now, ends) = (self.now, self.ends(&self.challenges[at]));
        let view = &mut self.challenges[at];
        match rig.state.challenges.extend(&view.name, &view.current).await {
            Ok(changed) => {
                assert!(!view.over && now < ends && view.extensions == 0);
                view.extensions += 1;
                assert!(changed.ttl.as_secs() <= 360);
                if changed.picture_id != view.current {
                    view.pictures.push(changed.picture_id.clone());
                    view.current = changed.picture_id;
                }
            }
            Err(ChangeError::Refused(ChangeRefusal::UsedUp)) => assert!(view.extensions == 1 && !view.over),
            Err(ChangeError::Refused(ChangeRefusal::Over)) => assert!(view.over || now >= ends),
            Err(error) => panic!("{error}"),
        }
    }

    async fn redeem(&mut self, rig: &Rig, pass: usize, repeat: bool) {
        if self.passes.is_empty() {
            return;
        }
        let at = pass % self.passes.len();
        let now = self.now;
        let (token, passed, done, key) = &mut self.passes[at];
        let mut request = verification(token);
        request.idempotency_key = repeat.then(|| key.to_string());
        let verdict = rig.send(&request).await;
        if verdict.success {
            assert!(now - *passed < 180_000, "redeemed after its time");
            assert!(!*done || repeat, "redeemed twice");
            if !repeat {
                assert!(self.redeemed.insert(token.clone()), "redeemed twice");
            }
            *done = true;
        } else {
            assert_eq!(verdict.error_codes, [ErrorCode::TimeoutOrDuplicate]);
            assert!(*done || now - *passed >= 120_000, "a good pass is refused");
        }
    }

    fn pick(&self, challenge: usize) -> Option<usize> {
        // The latest challenges, over or not.
        let count = self.challenges.len();
        (count > 0).then(|| count - 1 - challenge % count.min(4))
    }
}

/// `CAPTCHA_WALKS` overrides the number of walks.
#[expect(clippy::disallowed_methods, reason = "set by whoever runs the tests, no setting of a program")]
fn walk(kind: Kind, ordinary: u32) {
    let cases = std::env::var("CAPTCHA_WALKS").ok().and_then(|text| text.parse().ok()).unwrap_or(ordinary);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (rig, networks) = (runtime.block_on(Rig::new(kind)), AtomicU16::new(0));
    let mut runner =
        TestRunner::new(Config { cases, max_shrink_iters: 200, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&prop::collection::vec(moves(), 1..60), |steps| {
        let walked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            runtime.block_on(async {
                let network = networks.fetch_add(1, Ordering::Relaxed);
                let mut walk = Walk { network, ..Walk::default() };
                for step in &steps {
                    walk.step(&rig, step).await;
                }
                rig.pass_time(3600.0); // expires everything for the next walk
            });
        }));
        walked.map_err(|panic| TestCaseError::fail(message(panic.as_ref())))
    });
    outcome.unwrap_or_else(|failure| panic!("{kind:?}: {failure}"));
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap()
}

fn message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string)).unwrap_or_default()
}

#[test]
fn the_rules_hold_on_random_walks_in_this_process() {
    walk(Kind::Memory, 300);
}

#[test]
fn the_rules_hold_on_random_walks_of_sealed_challenges() {
    walk(Kind::SealedMemory, 300);
}

#[test]
fn the_rules_hold_on_random_walks_in_redis() {
    walk(Kind::Redis, 40);
}

#[test]
fn the_rules_hold_on_random_walks_of_sealed_challenges_with_redis() {
    walk(Kind::SealedRedis, 40);
}

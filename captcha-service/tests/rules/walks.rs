//! Property test: invariants of the rules on random walks, over every store.

use std::collections::HashSet;
use std::time::Duration;

use captcha_service::flows::answer::AnswerOutcome;
use captcha_service::flows::change_picture::{ChangeError, extend, refresh};
use captcha_service::flows::issue::IssueError;
use contracts::Secret;
use contracts::captcha::siteverify::ErrorCode;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use uuid::Uuid;

use crate::rig::{Kind, Rig, question, wrong};

/// A step of a walk.
#[derive(Debug, Clone)]
enum Move {
    Issue { device: usize },
    Answer { session: usize, right: bool },
    AnswerStale { session: usize, picture: usize },
    Refresh { session: usize },
    Extend { session: usize },
    Wait { tenths: u64 },
    Redeem { pass: usize, repeat: bool },
}

fn moves() -> impl Strategy<Value = Move> {
    prop_oneof![
        3 => (0..2_usize).prop_map(|device| Move::Issue { device }),
        6 => (0..4_usize, any::<bool>()).prop_map(|(session, right)| Move::Answer { session, right }),
        2 => (0..4_usize, 0..6_usize).prop_map(|(session, picture)| Move::AnswerStale { session, picture }),
        3 => (0..4_usize).prop_map(|session| Move::Refresh { session }),
        2 => (0..4_usize).prop_map(|session| Move::Extend { session }),
        6 => (5..80_u64).prop_map(|tenths| Move::Wait { tenths }),
        1 => (600..2500_u64).prop_map(|tenths| Move::Wait { tenths }),
        4 => (0..4_usize, any::<bool>()).prop_map(|(pass, repeat)| Move::Redeem { pass, repeat }),
    ]
}

/// A challenge as seen by a client.
struct Seen {
    device: usize,
    name: String,
    pictures: Vec<String>,
    current: String,
    opened: u64,
    shown: u64,
    answers: u32,
    refreshes: u32,
    extensions: u32,
    over: bool,
}

#[derive(Default)]
struct Walk {
    /// Milliseconds: the rules are exact to one.
    now: u64,
    tokens: [Option<Secret>; 2],
    cool_until: [u64; 2],
    /// End of the cool-down that decoy answers may have caused.
    may_cool_until: [u64; 2],
    sessions: Vec<Seen>,
    passes: Vec<(String, u64, bool, Uuid)>,
    redeemed: HashSet<String>,
}

impl Walk {
    async fn step(&mut self, rig: &Rig, step: &Move) {
        match *step {
            Move::Issue { device } => self.issue(rig, device).await,
            Move::Answer { session, right } => self.answer(rig, session, right).await,
            Move::AnswerStale { session, picture } => self.answer_stale(rig, session, picture).await,
            Move::Refresh { session } => self.refresh(rig, session).await,
            Move::Extend { session } => self.extend(rig, session).await,
            Move::Wait { tenths } => {
                rig.clock.advance(Duration::from_millis(tenths * 100));
                self.now += tenths * 100;
            }
            Move::Redeem { pass, repeat } => self.redeem(rig, pass, repeat).await,
        }
    }

    fn live(&self, device: usize) -> usize {
        let live = |seen: &&Seen| seen.device == device && !seen.over && self.now < self.ends(seen);
        self.sessions.iter().filter(live).count()
    }

    fn ends(&self, seen: &Seen) -> u64 {
        seen.opened + 180_000 * u64::from(1 + seen.extensions)
    }

    async fn issue(&mut self, rig: &Rig, device: usize) {
        let address = format!("192.0.2.{device}").parse().unwrap();
        match rig.issue(self.tokens[device].as_ref(), address).await {
            Ok(issued) => {
                assert!(self.now >= self.cool_until[device], "a device that cools down opens nothing");
                assert!(rig.kind.is_sealed() || self.live(device) < 2, "a third live session");
                assert!(issued.lasts.as_secs() <= 180);
                self.tokens[device] = Some(issued.device_token);
                self.sessions.push(Seen {
                    device,
                    name: issued.ticket.to_text(),
                    pictures: vec![issued.picture_id.clone()],
                    current: issued.picture_id,
                    opened: self.now,
                    shown: self.now,
                    answers: 0,
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

    async fn answer(&mut self, rig: &Rig, session: usize, right: bool) {
        let Some(at) = self.pick(session) else { return };
        let (name, picture) = (self.sessions[at].name.clone(), self.sessions[at].current.clone());
        let known = rig.right(&name, &picture).await;
        let text = if right { known.clone() } else { wrong(&known) };
        let fast = self.now - self.sessions[at].shown < 1200;
        let outcome = rig.answer(&name, &picture, &text).await.unwrap();
        let may_pass = right && !fast;
        self.note(at, outcome, may_pass, rig.kind);
    }

    async fn answer_stale(&mut self, rig: &Rig, session: usize, picture: usize) {
        let Some(at) = self.pick(session) else { return };
        let seen = &self.sessions[at];
        let stale = seen.pictures[picture % seen.pictures.len()].clone();
        if stale == seen.current {
            return;
        }
        let (name, right) = (seen.name.clone(), rig.right(&seen.name, &stale).await);
        let outcome = rig.answer(&name, &stale, &right).await.unwrap();
        if rig.kind.is_sealed() {
            // A decoy branch; the challenge itself goes on.
            match outcome {
                AnswerOutcome::Passed { .. } => panic!("a picture passes twice"),
                AnswerOutcome::Closed { wait } => self.may_cool(at, millis(wait)),
                AnswerOutcome::Again { .. } => {}
            }
        } else {
            self.note(at, outcome, false, rig.kind);
        }
    }

    fn note(&mut self, at: usize, outcome: AnswerOutcome, may_pass: bool, kind: Kind) {
        let (now, ends) = (self.now, self.ends(&self.sessions[at]));
        let seen = &mut self.sessions[at];
        let was_over = seen.over || now >= ends;
        match outcome {
            AnswerOutcome::Passed { token, lasts } => {
                assert!(may_pass && !was_over, "passed by a wrong, fast or late answer");
                assert!(lasts.as_secs() <= 120);
                seen.over = true;
                self.passes.push((token, now, false, Uuid::new_v4()));
            }
            AnswerOutcome::Again { .. } if seen.over && kind.is_sealed() => {} // a decoy
            AnswerOutcome::Again { session, picture_id, lasts } => {
                assert!(!was_over, "a session goes on after its end");
                seen.answers += 1;
                assert!(seen.answers < 3 && u32::from(session.round()) == seen.answers + 1);
                assert!(lasts.as_secs() <= 360 && now + millis(lasts) == ends);
                assert!(!seen.pictures.contains(&picture_id), "a picture is shown twice");
                seen.pictures.push(picture_id.clone());
                (seen.current, seen.shown) = (picture_id, now);
                assert!(seen.pictures.len() <= 6 + usize::try_from(seen.extensions).unwrap());
            }
            AnswerOutcome::Closed { wait } => {
                assert!(wait.as_secs() >= 30);
                assert!(was_over || seen.answers == 2, "closed before the third answer");
                seen.over = true;
                if was_over {
                    self.may_cool(at, millis(wait));
                } else {
                    self.cool(at, millis(wait));
                }
            }
        }
    }

    fn cool(&mut self, at: usize, wait: u64) {
        let until = &mut self.cool_until[self.sessions[at].device];
        *until = (*until).max(self.now + wait);
    }

    fn may_cool(&mut self, at: usize, wait: u64) {
        let until = &mut self.may_cool_until[self.sessions[at].device];
        *until = (*until).max(self.now + wait);
    }

    async fn refresh(&mut self, rig: &Rig, session: usize) {
        let Some(at) = self.pick(session) else { return };
        let (now, ends) = (self.now, self.ends(&self.sessions[at]));
        let seen = &mut self.sessions[at];
        match refresh(&rig.state, &seen.name, &seen.current, None).await {
            Ok(changed) => {
                assert!(!seen.over && now < ends && seen.refreshes < 3);
                seen.refreshes += 1;
                assert_eq!(u32::from(changed.session.refreshes_left()), 3 - seen.refreshes);
                seen.pictures.push(changed.picture_id.clone());
                (seen.current, seen.shown) = (changed.picture_id, now);
            }
            Err(ChangeError::UsedUp) => assert!(seen.refreshes == 3 && !seen.over),
            Err(ChangeError::Over) => assert!(seen.over || now >= ends),
            Err(error) => panic!("{error}"),
        }
    }

    async fn extend(&mut self, rig: &Rig, session: usize) {
        let Some(at) = self.pick(session) else { return };
        let (now, ends) = (self.now, self.ends(&self.sessions[at]));
        let seen = &mut self.sessions[at];
        match extend(&rig.state, &seen.name, &seen.current).await {
            Ok(changed) => {
                assert!(!seen.over && now < ends && seen.extensions == 0);
                seen.extensions += 1;
                assert!(changed.lasts.as_secs() <= 360);
                if changed.picture_id != seen.current {
                    seen.pictures.push(changed.picture_id.clone());
                    seen.current = changed.picture_id;
                }
            }
            Err(ChangeError::UsedUp) => assert!(seen.extensions == 1 && !seen.over),
            Err(ChangeError::Over) => assert!(seen.over || now >= ends),
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
        let mut request = question(token);
        request.idempotency_key = repeat.then(|| key.to_string());
        let verdict = rig.ask(&request).await;
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

    fn pick(&self, session: usize) -> Option<usize> {
        // The latest challenges, over or not.
        let count = self.sessions.len();
        (count > 0).then(|| count - 1 - session % count.min(4))
    }
}

/// `CAPTCHA_WALKS` overrides the number of walks.
fn walk(kind: Kind, ordinary: u32) {
    let cases = std::env::var("CAPTCHA_WALKS").ok().and_then(|text| text.parse().ok()).unwrap_or(ordinary);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let rig = runtime.block_on(Rig::new(kind));
    let mut runner =
        TestRunner::new(Config { cases, max_shrink_iters: 200, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&prop::collection::vec(moves(), 1..60), |steps| {
        let walked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            runtime.block_on(async {
                let mut walk = Walk::default();
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
fn whatever_is_done_the_rules_hold_in_this_process() {
    walk(Kind::Memory, 300);
}

#[test]
fn whatever_is_done_the_rules_hold_for_sealed_sessions() {
    walk(Kind::SealedMemory, 300);
}

#[test]
fn whatever_is_done_the_rules_hold_in_redis() {
    walk(Kind::Redis, 40);
}

#[test]
fn whatever_is_done_the_rules_hold_for_sealed_sessions_with_redis() {
    walk(Kind::SealedRedis, 40);
}

//! Goes through what the server did and compares it with token buckets.
//!
//! Each limit of each key has three of them:
//! * `promised`: the quota in whole ticks. The server must say what it says, to the tick.
//! * `exact`: the quota to the last fraction. What the server admits must always be in it.
//! * `ideal`: as `promised`, but it never loses its state, and only what a client was told is taken from it. What clients
//!   are admitted beyond it is over-admission after a loss.

use std::collections::HashMap;

use crate::{
    answers::{Answer, Answers},
    audit::{Asked, CHARGE, Event, REFUND, SHADOW, TAKE, Told, UP_TO},
    bucket::Bucket,
    findings::Findings,
    plan::{Pair, Plan},
};

const SECOND: i64 = 16_000_000;
/// The server's clock may have run on for so long, unseen, before it was set back.
const UNSEEN: i64 = SECOND;

struct Limit {
    promised: Bucket,
    exact: Bucket,
    ideal: Bucket,
    /// When `ideal` was last written, by a clock that is never set.
    ideal_at: i64,
}

pub struct Judge<'a> {
    plan: &'a Plan,
    limits: Vec<Limit>,
    answers: Answers,
    /// Decisions that no answer was found for.
    unanswered: Vec<Answer>,
    now: i64,
    /// What the server's clock is off by.
    offset: i64,
    pub findings: Findings,
}

impl<'a> Judge<'a> {
    pub fn new(plan: &'a Plan, answers: Vec<Answer>) -> Self {
        let limit = |pair: &Pair| {
            let promised = Bucket::rounded(pair.units, pair.seconds, pair.burst);
            let exact = Bucket::exact(pair.units, pair.seconds, pair.burst);
            Limit { ideal: promised.clone(), promised, exact, ideal_at: 0 }
        };
        let findings = Findings { over: vec![HashMap::new()], ..Findings::default() };
        let limits = plan.pairs.iter().map(limit).collect();
        Self { plan, limits, answers: Answers::new(answers), unanswered: Vec::new(), now: 0, offset: 0, findings }
    }

    pub fn hear(&mut self, event: Event) {
        match event {
            Event::Decided { now, asks } => {
                self.pass_to(now);
                asks.split_inclusive(|ask| ask.last).for_each(|call| self.judge(now, call));
            }
            Event::Joined { now, lost, told } => {
                self.pass_to(now);
                if lost {
                    self.lose(now);
                }
                self.findings.told += told.len() as u64;
                told.iter().for_each(|told| self.tell(now, told));
            }
        }
    }

    /// Answers that clients have but the server never gave.
    pub fn invented(&mut self) -> usize {
        self.answers.invented(&self.unanswered)
    }

    fn pass_to(&mut self, now: i64) {
        let passed = if self.now == 0 { 0 } else { now - self.now };
        if passed.abs() > 15 * SECOND {
            self.findings.steps += 1;
            self.offset += (passed as f64 / (30 * SECOND) as f64).round() as i64 * 30 * SECOND;
        }
        if passed < 0 {
            let seen = self.now + UNSEEN;
            for limit in &mut self.limits {
                limit.promised.see(seen);
                limit.ideal.see(seen);
            }
        }
        self.now = now;
    }

    /// The server forgot all. Where enough time had passed, whatever its clock said, there was nothing to forget.
    fn lose(&mut self, now: i64) {
        self.findings.over.push(HashMap::new());
        let real = now - self.offset;
        for limit in &mut self.limits {
            limit.promised.refill(now);
            limit.exact.refill(now);
            if limit.ideal.fills_in(real - limit.ideal_at) {
                limit.ideal.refill(now);
            }
        }
    }

    fn tell(&mut self, now: i64, told: &Told) {
        let Limit { promised, exact, ideal, .. } = &mut self.limits[told.pair as usize];
        // As any look at a key, telling it ends the debt that a clock which was set back leaves behind.
        ideal.settle(now);
        if i128::from(told.tolerance) != promised.full {
            self.findings.mismatches += 1;
        }
        let missing = i128::from(told.tat - now).min(promised.full);
        if told.tat > now && promised.full - missing < promised.level(now) {
            promised.set(now, promised.full - missing);
            let level = exact.full - missing * exact.unit / promised.unit;
            exact.set(now, exact.level(now).min(level));
        }
    }

    /// One call: all that enforce take, or none does.
    fn judge(&mut self, now: i64, call: &[Asked]) {
        self.findings.calls += 1;
        self.findings.decisions += call.len() as u64;
        let found = self.expect(now, call);
        for ask in call {
            let limit = &mut self.limits[ask.pair as usize];
            limit.promised.settle(now);
            limit.exact.settle(now);
            limit.ideal.settle(now);
        }
        for (ask, one) in call.iter().zip(&found) {
            self.compare(now, ask, one);
            let answered = self.answer(ask);
            if one.taken != 0 {
                self.apply(now, ask, one, answered);
            }
        }
    }

    /// What the buckets say. The server forgets a key that is idle by its clock; where that clock was then set back, it may
    /// still know the key or not, and what it said tells which.
    fn expect(&mut self, now: i64, call: &[Asked]) -> Vec<Expected> {
        let idle = |ask: &Asked| self.limits[ask.pair as usize].promised.idle;
        let idle: Vec<u32> = call.iter().filter(|ask| idle(ask)).map(|ask| ask.pair).collect();
        let said = |found: &[Expected]| call.iter().zip(found).all(|(ask, one)| self.is_said(ask, one));
        for choice in 0..1_u32 << idle.len() {
            let forgotten = |pair: u32| idle.iter().zip(0..).any(|(one, bit)| *one == pair && choice >> bit & 1 == 1);
            let found = self.say(now, call, forgotten);
            if said(&found) {
                idle.iter().filter(|pair| forgotten(**pair)).for_each(|pair| self.limits[*pair as usize].forget(now));
                return found;
            }
        }
        self.say(now, call, |_| false)
    }

    fn is_said(&self, ask: &Asked, one: &Expected) -> bool {
        let unit = self.limits[ask.pair as usize].promised.unit;
        let granted = ask.up_to.is_none_or(|(_, granted)| i128::from(granted) * unit == one.taken);
        granted && one.said == i128::from(ask.said)
    }

    /// What the buckets say if those that are `forgotten` are full.
    fn say(&self, now: i64, call: &[Asked], forgotten: impl Fn(u32) -> bool) -> Vec<Expected> {
        // What each leaves to the next one of the same pair: those that enforce take together or not at all.
        let mut left: Vec<(u32, i128)> = Vec::with_capacity(call.len());
        let mut found = Vec::with_capacity(call.len());
        for ask in call {
            let bucket = &self.limits[ask.pair as usize].promised;
            let before = left.iter().rev().find(|(pair, _)| *pair == ask.pair);
            let alone = || if forgotten(ask.pair) { bucket.full } else { bucket.level(now).max(0) };
            let one = Expected::of(bucket, ask, before.map_or_else(alone, |(_, level)| *level));
            if one.fits {
                left.push((ask.pair, one.after));
            }
            found.push(one);
        }
        if call.iter().zip(&found).any(|(ask, one)| ask.kind == TAKE && !one.fits) {
            for (_, one) in call.iter().zip(&mut found).filter(|(ask, one)| ask.kind == TAKE && one.fits) {
                (one.said, one.taken) = (one.said - one.taken, 0);
            }
        }
        found
    }

    fn compare(&mut self, now: i64, ask: &Asked, one: &Expected) {
        let bucket = &self.limits[ask.pair as usize].promised;
        let whole = ask.kind == UP_TO || i128::from(ask.increment) % bucket.unit == 0;
        if !self.is_said(ask, one) || i128::from(ask.tolerance) != bucket.full || !whole {
            self.findings.mismatches += 1;
            if self.findings.examples.len() < 5 {
                let Pair { policy, .. } = &self.plan.pairs[ask.pair as usize];
                let (kind, real, level) = (ask.kind, ask.said, bucket.level(now));
                let text =
                    format!("{policy}, pair {}, kind {kind} at {now}: {real} for {} of {level}", ask.pair, one.said);
                self.findings.examples.push(text);
            }
        }
    }

    /// Whether a client was told.
    fn answer(&mut self, ask: &Asked) -> bool {
        let at = self.now - self.offset;
        let answered = self.answers.take(ask.pair, ask.said, at);
        if !answered {
            self.unanswered.push(Answer { pair: ask.pair, said: ask.said, came: at });
        }
        answered
    }

    fn apply(&mut self, now: i64, ask: &Asked, one: &Expected, answered: bool) {
        let Limit { promised, exact, ideal, ideal_at } = &mut self.limits[ask.pair as usize];
        promised.set(now, one.after);
        let exactly = one.taken / promised.unit * exact.unit;
        if ask.kind == REFUND {
            exact.set(now, exact.full.min(exact.level(now) + exactly));
            ideal.set(now, ideal.full.min(ideal.level(now) + one.taken));
            *ideal_at = now - self.offset;
            return;
        }
        let level = exact.level(now);
        if ask.kind != CHARGE {
            self.findings.admitted += 1;
            self.findings.beyond_exact += u64::from(exactly > level);
        }
        exact.set(now, (level - exactly).max(0));
        if !answered {
            self.findings.unanswered += 1;
            return;
        }
        let level = ideal.level(now);
        if ask.kind != CHARGE && one.taken > level {
            let over = (one.taken - level + ideal.unit - 1) / ideal.unit;
            let since = self.findings.over.last_mut().expect("there is a time before any loss");
            *since.entry(ask.pair).or_default() += over;
        }
        ideal.set(now, (level - one.taken).max(0));
        *ideal_at = now - self.offset;
    }
}

impl Limit {
    fn forget(&mut self, now: i64) {
        self.promised.refill(now);
        self.exact.refill(now);
        if self.ideal.idle {
            self.ideal.refill(now);
        }
    }
}

/// What a bucket says to an ask.
struct Expected {
    fits: bool,
    /// Tokens taken, or given back.
    taken: i128,
    after: i128,
    said: i128,
}

impl Expected {
    fn of(bucket: &Bucket, ask: &Asked, level: i128) -> Self {
        let asked = i128::from(ask.increment);
        let (fits, taken, after) = match ask.kind {
            TAKE | SHADOW => (level >= asked, if level >= asked { asked } else { 0 }, level - asked),
            UP_TO => {
                let wanted = i128::from(ask.up_to.map_or(0, |(wanted, _)| wanted));
                let taken = wanted.min(level / bucket.unit) * bucket.unit;
                (true, taken, level - taken)
            }
            CHARGE => (true, asked, (level - asked).max(0)),
            _ => (true, asked, bucket.full.min(level + asked)),
        };
        let said = if fits { bucket.full - after } else { level - asked };
        Self { fits, taken, after, said }
    }
}

//! Compares the events of the server with token buckets.
//!
//! Each limit of each key has three of them:
//! * `promised`: the quota in whole ticks. The server must reply the same, to the tick.
//! * `exact`: the quota without rounding. It must cover every admission of the server.
//! * `ideal`: as `promised`, but it never loses its state, and only units of received replies are taken from it.
//!   Admissions beyond it are over-admission after a loss.

use std::collections::HashMap;

use crate::{
    audit::{CHARGE, Event, LoggedRequest, REFUND, RestoredKey, SHADOW, TAKE, UP_TO},
    bucket::Bucket,
    findings::Findings,
    plan::{Pair, Plan},
    replies::{Replies, Reply},
};

const SECOND: i64 = 16_000_000;
/// The server's clock may have advanced by so much, unobserved, before it was set back.
const UNSEEN: i64 = SECOND;

struct Limit {
    promised: Bucket,
    exact: Bucket,
    ideal: Bucket,
    /// Time at which `ideal` was last written, by a clock that is never set.
    ideal_at: i64,
}

pub struct Checker<'a> {
    plan: &'a Plan,
    limits: Vec<Limit>,
    replies: Replies,
    /// Decisions without a reply.
    unanswered: Vec<Reply>,
    now: i64,
    /// The offset of the server's clock.
    offset: i64,
    pub findings: Findings,
}

impl<'a> Checker<'a> {
    pub fn new(plan: &'a Plan, replies: Vec<Reply>) -> Self {
        let limit = |pair: &Pair| {
            let promised = Bucket::rounded(pair.units, pair.seconds, pair.burst);
            let exact = Bucket::exact(pair.units, pair.seconds, pair.burst);
            Limit { ideal: promised.clone(), promised, exact, ideal_at: 0 }
        };
        let findings = Findings { over: vec![HashMap::new()], ..Findings::default() };
        let limits = plan.pairs.iter().map(limit).collect();
        Self { plan, limits, replies: Replies::new(replies), unanswered: Vec::new(), now: 0, offset: 0, findings }
    }

    pub fn on_event(&mut self, event: Event) {
        match event {
            Event::Decided { now, requests } => {
                self.pass_to(now);
                requests.split_inclusive(|request| request.last).for_each(|call| self.check_call(now, call));
            }
            Event::Joined { now, state_lost, restored } => {
                self.pass_to(now);
                if state_lost {
                    self.on_state_loss(now);
                }
                self.findings.restored += restored.len() as u64;
                restored.iter().for_each(|restored| self.on_restore(now, restored));
            }
        }
    }

    /// Number of replies of clients that the server never sent.
    pub fn unmatched_replies(&mut self) -> usize {
        self.replies.count_unmatched(&self.unanswered)
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
                limit.promised.observe(seen);
                limit.ideal.observe(seen);
                limit.set_exact_back(self.now, now);
            }
        }
        self.now = now;
    }

    /// The server lost its state. Keys that were idle by real time lost nothing.
    fn on_state_loss(&mut self, now: i64) {
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

    fn on_restore(&mut self, now: i64, restored: &RestoredKey) {
        let Limit { promised, exact, ideal, .. } = &mut self.limits[restored.pair as usize];
        // As any access to a key, a restore ends the debt left by a clock that was set back.
        ideal.clamp_debt(now);
        if i128::from(restored.tolerance) != promised.full {
            self.findings.mismatches += 1;
        }
        let missing = i128::from(restored.tat - now).min(promised.full);
        if restored.tat > now && promised.full - missing < promised.level(now) {
            promised.set(now, promised.full - missing);
            let level = exact.full - missing * exact.unit / promised.unit;
            exact.set(now, exact.level(now).min(level));
        }
    }

    /// Checks one call: all that enforce take, or none does.
    fn check_call(&mut self, now: i64, call: &[LoggedRequest]) {
        self.findings.calls += 1;
        self.findings.decisions += call.len() as u64;
        let found = self.choose_expected(now, call);
        for request in call {
            let limit = &mut self.limits[request.pair as usize];
            limit.promised.clamp_debt(now);
            limit.exact.clamp_debt(now);
            limit.ideal.clamp_debt(now);
        }
        for (request, one) in call.iter().zip(&found) {
            self.compare(now, request, one);
            let answered = self.take_reply(request);
            if one.taken != 0 {
                self.apply(now, request, one, answered);
            }
        }
    }

    /// The expected replies. The server drops a key that is idle by its clock; if that clock was then set back, it may
    /// or may not still have the key, and its reply shows which.
    fn choose_expected(&mut self, now: i64, call: &[LoggedRequest]) -> Vec<Expected> {
        let idle = |request: &LoggedRequest| self.limits[request.pair as usize].promised.idle;
        let idle: Vec<u32> = call.iter().filter(|request| idle(request)).map(|request| request.pair).collect();
        let matches =
            |found: &[Expected]| call.iter().zip(found).all(|(request, one)| self.matches_reply(request, one));
        for choice in 0..1_u32 << idle.len() {
            let forgotten = |pair: u32| idle.iter().zip(0..).any(|(one, bit)| *one == pair && choice >> bit & 1 == 1);
            let found = self.expected(now, call, forgotten);
            if matches(&found) {
                idle.iter().filter(|pair| forgotten(**pair)).for_each(|pair| self.limits[*pair as usize].forget(now));
                return found;
            }
        }
        self.expected(now, call, |_| false)
    }

    fn matches_reply(&self, request: &LoggedRequest, one: &Expected) -> bool {
        let unit = self.limits[request.pair as usize].promised.unit;
        let granted = request.up_to.is_none_or(|(_, granted)| i128::from(granted) * unit == one.taken);
        granted && one.reply == i128::from(request.reply)
    }

    /// The expected replies if the `forgotten` buckets are full.
    fn expected(&self, now: i64, call: &[LoggedRequest], forgotten: impl Fn(u32) -> bool) -> Vec<Expected> {
        // The level that each leaves to the next one of the same pair: those that enforce take together or not at all.
        let mut left: Vec<(u32, i128)> = Vec::with_capacity(call.len());
        let mut found = Vec::with_capacity(call.len());
        for request in call {
            let bucket = &self.limits[request.pair as usize].promised;
            let before = left.iter().rev().find(|(pair, _)| *pair == request.pair);
            let alone = || if forgotten(request.pair) { bucket.full } else { bucket.level(now).max(0) };
            let one = Expected::of(bucket, request, before.map_or_else(alone, |(_, level)| *level));
            if one.fits {
                left.push((request.pair, one.after));
            }
            found.push(one);
        }
        if call.iter().zip(&found).any(|(request, one)| request.kind == TAKE && !one.fits) {
            for (_, one) in call.iter().zip(&mut found).filter(|(request, one)| request.kind == TAKE && one.fits) {
                (one.reply, one.taken) = (one.reply - one.taken, 0);
            }
        }
        found
    }

    fn compare(&mut self, now: i64, request: &LoggedRequest, one: &Expected) {
        let bucket = &self.limits[request.pair as usize].promised;
        let whole = request.kind == UP_TO || i128::from(request.increment) % bucket.unit == 0;
        if !self.matches_reply(request, one) || i128::from(request.tolerance) != bucket.full || !whole {
            self.findings.mismatches += 1;
            if self.findings.examples.len() < 5 {
                let Pair { policy, .. } = &self.plan.pairs[request.pair as usize];
                let (kind, real, level) = (request.kind, request.reply, bucket.level(now));
                let text = format!(
                    "{policy}, pair {}, kind {kind} at {now}: {real} for {} of {level}",
                    request.pair, one.reply
                );
                self.findings.examples.push(text);
            }
        }
    }

    /// Matches a decision with its reply; `true` when a client received one.
    fn take_reply(&mut self, request: &LoggedRequest) -> bool {
        let at = self.now - self.offset;
        let answered = self.replies.take(request.pair, request.reply, at);
        if !answered {
            self.unanswered.push(Reply { pair: request.pair, number: request.reply, received_at: at });
        }
        answered
    }

    fn apply(&mut self, now: i64, request: &LoggedRequest, one: &Expected, answered: bool) {
        let Limit { promised, exact, ideal, ideal_at } = &mut self.limits[request.pair as usize];
        promised.set(now, one.after);
        let exactly = one.taken / promised.unit * exact.unit;
        if request.kind == REFUND {
            exact.set(now, exact.full.min(exact.level(now) + exactly));
            ideal.set(now, ideal.full.min(ideal.level(now) + one.taken));
            *ideal_at = now - self.offset;
            return;
        }
        let level = exact.level(now);
        if request.kind != CHARGE {
            self.findings.admitted += 1;
            self.findings.beyond_exact += u64::from(exactly > level);
        }
        exact.set(now, (level - exactly).max(0));
        if !answered {
            self.findings.unanswered += 1;
            return;
        }
        let level = ideal.level(now);
        if request.kind != CHARGE && one.taken > level {
            let over = (one.taken - level + ideal.unit - 1) / ideal.unit;
            let since = self.findings.over.last_mut().expect("there is a time before any loss");
            *since.entry(request.pair).or_default() += over;
        }
        ideal.set(now, (level - one.taken).max(0));
        *ideal_at = now - self.offset;
    }
}

impl Limit {
    /// The exact quota loses the units that the promised one loses when the clock is set back. By its own rate, which is a
    /// little higher, it would lose more of what was already there.
    fn set_exact_back(&mut self, before: i64, now: i64) {
        let Self { promised, exact, .. } = self;
        let lost = (promised.level(before) - promised.level(now)) * exact.unit / promised.unit;
        exact.set(now, exact.level(before) - lost);
    }

    fn forget(&mut self, now: i64) {
        self.promised.refill(now);
        self.exact.refill(now);
        if self.ideal.idle {
            self.ideal.refill(now);
        }
    }
}

/// The expected result of a request.
struct Expected {
    fits: bool,
    /// Tokens taken, or refunded.
    taken: i128,
    after: i128,
    reply: i128,
}

impl Expected {
    fn of(bucket: &Bucket, request: &LoggedRequest, level: i128) -> Self {
        let increment = i128::from(request.increment);
        let (fits, taken, after) = match request.kind {
            TAKE | SHADOW => (level >= increment, if level >= increment { increment } else { 0 }, level - increment),
            UP_TO => {
                let wanted = i128::from(request.up_to.map_or(0, |(wanted, _)| wanted));
                let taken = wanted.min(level / bucket.unit) * bucket.unit;
                (true, taken, level - taken)
            }
            CHARGE => (true, increment, (level - increment).max(0)),
            _ => (true, increment, bucket.full.min(level + increment)),
        };
        let reply = if fits { bucket.full - after } else { level - increment };
        Self { fits, taken, after, reply }
    }
}

#[test]
fn a_clock_that_is_set_back_leaves_the_exact_quota_no_fewer_units_than_the_promised_one() {
    let bucket = |make: fn(u32, u64, u32) -> Bucket| make(999_983, 3_600, 10_000);
    let (promised, exact) = (bucket(Bucket::rounded), bucket(Bucket::exact));
    let mut limit = Limit { promised, ideal: exact.clone(), exact, ideal_at: 0 };
    let (before, back) = (100 * SECOND, 95 * SECOND);
    for bucket in [&mut limit.promised, &mut limit.exact] {
        bucket.set(before, bucket.full / 2);
    }
    limit.set_exact_back(before, back);
    let Limit { promised, exact, .. } = &limit;
    assert!(exact.level(back) < exact.full / 2, "the units of that time are lost");
    assert!(exact.level(back) * promised.unit >= promised.level(back) * exact.unit);
}

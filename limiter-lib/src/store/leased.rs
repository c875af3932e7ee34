//! Units taken ahead: fewer questions to the store, for a bound that is known.
//!
//! A replica takes up to `n` units of a key at once and spends them by itself for at most the lease time. Over any time
//! `T` a fleet of `R` replicas admits at most `burst + rate * T + min(R * n, rate * lease time)`:
//! what was held when `T` began was granted within the last lease time, so either the bucket was that much emptier, or
//! the rate has already paid for it; and nobody holds more than `n`. What is not spent is lost to the key's owner: at
//! most `R * n` units in a lease time.
//!
//! Only a single limit that takes whole costs is leased. Several limits at once, queues and looks go to the store.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use smallvec::smallvec;

use super::{Action, LimitRequest, Store, StoreError, StoreFuture, StoreOutcome, StoreReplies, StoreReply};
use crate::{
    clock::Clock,
    decision::Source,
    gcra,
    key::Key,
    policy::{Consistency, Mode, Policy},
};

/// Keys with a lease at most; those beyond are decided exactly.
const CAPACITY: usize = 65_536;

/// Leases units of policies that say [`Consistency::Leased`]; asks the store below about all others.
#[derive(Debug)]
pub struct LeasedStore<S> {
    store: S,
    clock: Clock,
    lease_time: u64,
    leases: Mutex<Leases>,
}

#[derive(Debug, Default)]
struct Leases {
    keys: HashMap<(Key, u64), Lease>,
    cleaned: u64,
}

/// What this replica holds of one key.
#[derive(Debug, Clone, Default)]
struct Lease {
    units: u32,
    until: u64,
    /// When the store would be idle for this key, by our clock: for the figures in answers.
    idle_at: u64,
    /// Until then the store has nothing, and how many units were missing.
    refused: Option<(u64, u32)>,
    /// One task at a time takes more.
    taking: Arc<tokio::sync::Mutex<()>>,
}

impl<S: Store> LeasedStore<S> {
    /// Leases over `store` for one second.
    pub fn new(store: S) -> Self {
        Self::with_clock(store, Duration::from_secs(1), Clock::new())
    }

    /// Leases for `lease_time`, 10 ms to 1 min.
    pub fn with_clock(store: S, lease_time: Duration, clock: Clock) -> Self {
        let lease_time = lease_time.clamp(Duration::from_millis(10), Duration::from_secs(60));
        let lease_time = gcra::ticks(lease_time).unwrap_or(gcra::TICKS_PER_SECOND);
        Self { store, clock, lease_time, leases: Mutex::default() }
    }

    fn leases(&self) -> MutexGuard<'_, Leases> {
        self.leases.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Spends what is held, or refuses what the store is known to refuse.
    fn spend(&self, policy: &Policy, key: Key, cost: u32, now: u64) -> Option<StoreReply> {
        let mut leases = self.leases();
        let lease = leases.keys.get_mut(&(key, policy.seed()))?;
        if lease.until > now && lease.units >= cost {
            lease.units -= cost;
            let until_idle = lease.idle_at.saturating_sub(now).min(policy.rule().tolerance);
            return Some(answer(StoreOutcome::Conforms { until_idle, granted: cost }, Source::Lease));
        }
        let held = if lease.until > now { lease.units } else { 0 };
        let (until, missing) = lease.refused?;
        let short = (cost - held).checked_sub(missing)?;
        let wait = until.checked_sub(now).filter(|wait| *wait > 0)? + policy.rule().increment(short);
        Some(answer(StoreOutcome::Exceeds { wait }, Source::DenyCache))
    }

    /// The lock of a key; `None` when there is room for no more keys.
    fn taking(&self, ask: &LimitRequest, now: u64) -> Option<Arc<tokio::sync::Mutex<()>>> {
        let mut leases = self.leases();
        if leases.keys.len() >= CAPACITY && !leases.keys.contains_key(&id(ask)) {
            // Once in a lease time: what is over by then frees its place.
            if now.saturating_sub(leases.cleaned) < self.lease_time {
                return None;
            }
            leases.cleaned = now;
            leases.keys.retain(|_, lease| lease.until > now || Arc::strong_count(&lease.taking) > 1);
            if leases.keys.len() >= CAPACITY {
                return None;
            }
        }
        Some(leases.keys.entry(id(ask)).or_default().taking.clone())
    }

    async fn lease(&self, ask: &LimitRequest, cost: u32, units: u32) -> Result<StoreReplies, StoreError> {
        let Some(taking) = self.taking(ask, self.clock.now()) else {
            return self.store.decide(std::slice::from_ref(ask)).await;
        };
        let _alone = taking.lock().await;
        // Another task may have brought enough meanwhile.
        let asked_at = self.clock.now();
        if let Some(answer) = self.spend(&ask.policy, ask.key, cost, asked_at) {
            return Ok(smallvec![answer]);
        }
        let take = [LimitRequest { action: Action::TakeUpTo(units.max(cost)), ..ask.clone() }];
        let said = self.store.decide(&take).await?;
        let Some(StoreReply { outcome: StoreOutcome::Conforms { until_idle, granted }, source }) =
            said.first().copied()
        else {
            return Ok(said);
        };
        let mut leases = self.leases();
        let lease = leases.keys.entry(id(ask)).or_default();
        let held = if lease.until > asked_at { lease.units } else { 0 };
        let rule = ask.policy.rule();
        let has = held.saturating_add(granted);
        lease.idle_at = asked_at + until_idle;
        if has >= cost || held == 0 {
            // What was held is spent first, so all that is left is new. Else the older units say when all are over.
            lease.until = asked_at + self.lease_time;
        }
        if has >= cost {
            (lease.units, lease.refused) = (has - cost, None);
            return Ok(smallvec![answer(StoreOutcome::Conforms { until_idle, granted: cost }, source)]);
        }
        let missing = cost - has;
        let wait = (until_idle + rule.increment(missing)).saturating_sub(rule.tolerance).max(1);
        (lease.units, lease.refused) = (has, Some((asked_at + wait, missing)));
        Ok(smallvec![answer(StoreOutcome::Exceeds { wait }, source)])
    }
}

impl<S: Store> Store for LeasedStore<S> {
    fn decide<'a>(&'a self, asks: &'a [LimitRequest]) -> StoreFuture<'a> {
        if let [ask] = asks
            && let Some((cost, units)) = leased(&ask.policy, ask.action)
        {
            return Box::pin(self.lease(ask, cost, units));
        }
        self.store.decide(asks)
    }

    fn decide_now(&self, asks: &[LimitRequest]) -> Option<StoreReplies> {
        let [ask] = asks else { return self.store.decide_now(asks) };
        self.act_now(&ask.policy, ask.key, ask.action).map(|answer| smallvec![answer])
    }

    fn act_now(&self, policy: &Policy, key: Key, action: Action) -> Option<StoreReply> {
        match leased(policy, action) {
            None => self.store.act_now(policy, key, action),
            Some((cost, _)) => self.spend(policy, key, cost, self.clock.now()),
        }
    }

    fn connect(&self) {
        self.store.connect();
    }

    fn connect_all(&self) {
        self.store.connect_all();
    }

    fn is_connected(&self) -> bool {
        self.store.is_connected()
    }

    fn cached_until_idle(&self, policy: &Policy, key: Key) -> Option<u64> {
        self.store.cached_until_idle(policy, key)
    }
}

/// The cost and the units to take at once, of what is to be leased.
fn leased(policy: &Policy, action: Action) -> Option<(u32, u32)> {
    let (Action::Take(cost), Consistency::Leased { units }) = (action, policy.get_consistency()) else {
        return None;
    };
    let quota = policy.quota();
    let meters = quota.free() == quota.burst() && policy.get_mode() == Mode::Enforce;
    (meters && cost > 0 && units > 1).then(|| (cost, units.min(quota.burst())))
}

fn id(ask: &LimitRequest) -> (Key, u64) {
    (ask.key, ask.policy.seed())
}

fn answer(outcome: StoreOutcome, source: Source) -> StoreReply {
    StoreReply { outcome, source }
}

//! Leases of units: fewer calls to the store, within a stated bound of over-admission.
//!
//! A replica takes up to `n` units of a key at once and spends them by itself for at most the lease time. Over any time
//! `T` a fleet of `R` replicas admits at most `burst + rate * T + min(R * n, rate * lease time)`: units leased before
//! `T` were granted within the last lease time, so either the bucket was that much emptier, or the rate has already
//! paid for them; and no replica holds more than `n`. Unspent units are lost: at most `R * n` in a lease time.
//!
//! Only a single limit that takes whole costs is leased. Several limits at once, queues and reads go to the store.

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

/// Maximum number of keys with a lease; those beyond are decided exactly.
const CAPACITY: usize = 65_536;

/// Leases units of policies with [`Consistency::Leased`]; passes all other requests to the inner store.
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
    cleaned_at: u64,
}

/// The lease of this replica on one key.
#[derive(Debug, Clone, Default)]
struct Lease {
    units: u32,
    until: u64,
    /// Time at which the key is idle in the store, by the local clock: for the figures in replies.
    idle_at: u64,
    /// End of a known refusal, and the number of missing units.
    refused: Option<(u64, u32)>,
    /// Held by the one task that takes more units.
    refill_lock: Arc<tokio::sync::Mutex<()>>,
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

    /// Spends leased units, or refuses from a known refusal of the store.
    fn spend(&self, policy: &Policy, key: Key, cost: u32, now: u64) -> Option<StoreReply> {
        let mut leases = self.leases();
        let lease = leases.keys.get_mut(&(key, policy.seed()))?;
        if lease.until > now && lease.units >= cost {
            lease.units -= cost;
            let until_idle = lease.idle_at.saturating_sub(now).min(policy.rule().tolerance);
            return Some(reply(StoreOutcome::Conforms { until_idle, granted: cost }, Source::Lease));
        }
        let unspent = if lease.until > now { lease.units } else { 0 };
        let (until, missing) = lease.refused?;
        let short = (cost - unspent).checked_sub(missing)?;
        let wait = until.checked_sub(now).filter(|wait| *wait > 0)? + policy.rule().increment(short);
        Some(reply(StoreOutcome::Exceeds { wait }, Source::DenyCache))
    }

    /// The lock of a key; `None` when the capacity is exhausted.
    fn refill_lock(&self, request: &LimitRequest, now: u64) -> Option<Arc<tokio::sync::Mutex<()>>> {
        let mut leases = self.leases();
        if leases.keys.len() >= CAPACITY && !leases.keys.contains_key(&lease_id(request)) {
            // Once in a lease time: expired leases are dropped.
            if now.saturating_sub(leases.cleaned_at) < self.lease_time {
                return None;
            }
            leases.cleaned_at = now;
            leases.keys.retain(|_, lease| lease.until > now || Arc::strong_count(&lease.refill_lock) > 1);
            if leases.keys.len() >= CAPACITY {
                return None;
            }
        }
        Some(leases.keys.entry(lease_id(request)).or_default().refill_lock.clone())
    }

    async fn lease(&self, request: &LimitRequest, cost: u32, units: u32) -> Result<StoreReplies, StoreError> {
        let Some(refill_lock) = self.refill_lock(request, self.clock.now()) else {
            return self.store.decide(std::slice::from_ref(request)).await;
        };
        let _guard = refill_lock.lock().await;
        // Another task may have taken enough meanwhile.
        let requested_at = self.clock.now();
        if let Some(reply) = self.spend(&request.policy, request.key, cost, requested_at) {
            return Ok(smallvec![reply]);
        }
        let take = [LimitRequest { action: Action::TakeUpTo(units.max(cost)), ..request.clone() }];
        let replies = self.store.decide(&take).await?;
        let Some(StoreReply { outcome: StoreOutcome::Conforms { until_idle, granted }, source }) =
            replies.first().copied()
        else {
            return Ok(replies);
        };
        let mut leases = self.leases();
        let lease = leases.keys.entry(lease_id(request)).or_default();
        let unspent = if lease.until > requested_at { lease.units } else { 0 };
        let rule = request.policy.rule();
        let available = unspent.saturating_add(granted);
        lease.idle_at = requested_at + until_idle;
        if available >= cost || unspent == 0 {
            // Older units are spent first, so all that are left are new. Otherwise the older units determine the
            // expiry.
            lease.until = requested_at + self.lease_time;
        }
        if available >= cost {
            (lease.units, lease.refused) = (available - cost, None);
            return Ok(smallvec![reply(StoreOutcome::Conforms { until_idle, granted: cost }, source)]);
        }
        let missing = cost - available;
        let wait = (until_idle + rule.increment(missing)).saturating_sub(rule.tolerance).max(1);
        (lease.units, lease.refused) = (available, Some((requested_at + wait, missing)));
        Ok(smallvec![reply(StoreOutcome::Exceeds { wait }, source)])
    }
}

impl<S: Store> Store for LeasedStore<S> {
    fn decide<'a>(&'a self, requests: &'a [LimitRequest]) -> StoreFuture<'a> {
        if let [request] = requests
            && let Some((cost, units)) = lease_terms(&request.policy, request.action)
        {
            return Box::pin(self.lease(request, cost, units));
        }
        self.store.decide(requests)
    }

    fn decide_now(&self, requests: &[LimitRequest]) -> Option<StoreReplies> {
        let [request] = requests else { return self.store.decide_now(requests) };
        self.act_now(&request.policy, request.key, request.action).map(|reply| smallvec![reply])
    }

    fn act_now(&self, policy: &Policy, key: Key, action: Action) -> Option<StoreReply> {
        match lease_terms(policy, action) {
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

/// The cost and the units of a lease; `None` for a request that is not leased.
fn lease_terms(policy: &Policy, action: Action) -> Option<(u32, u32)> {
    let (Action::Take(cost), Consistency::Leased { units }) = (action, policy.get_consistency()) else {
        return None;
    };
    let quota = policy.quota();
    let is_leasable = quota.free() == quota.burst() && policy.get_mode() == Mode::Enforce;
    (is_leasable && cost > 0 && units > 1).then(|| (cost, units.min(quota.burst())))
}

fn lease_id(request: &LimitRequest) -> (Key, u64) {
    (request.key, request.policy.seed())
}

fn reply(outcome: StoreOutcome, source: Source) -> StoreReply {
    StoreReply { outcome, source }
}

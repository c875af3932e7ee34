//! A guard over a store that may be slow or gone: a deadline, a breaker, and this process to decide meanwhile.
//!
//! Every decision takes at most the deadline. After failures in a row (`breaker`) the store is left alone and one task
//! looks every fifth of a second whether it is back; until then this process decides with the quota divided by the
//! replicas alive, from what the store last said of each key. When the store is back it is first told what was admitted
//! meanwhile (`ledger`), then the other replicas are given time to do so too, then it is asked again.

mod breaker;
mod ledger;
mod requests;

use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::{StreamExt, stream};
use tokio::time::{sleep, timeout};

use self::{
    breaker::Breaker,
    ledger::{Entry, Ledger, debt},
    requests::{from, is_local, peek, refund_of, refuses, takes, units},
};
use super::{
    Action, LimitRequest, MemoryStore, Store, StoreError, StoreFuture, StoreOutcome, StoreReplies, StoreReply,
};
use crate::{
    clock::Clock,
    decision::Source,
    gcra::TICKS_PER_SECOND,
    key::Key,
    policy::{Consistency, Mode, Outage, Policy},
    quota::Quota,
};

/// Between two looks at a store that has failed, ± a quarter.
const PROBE_INTERVAL: Duration = Duration::from_millis(200);
/// What a policy that refuses in an outage tells people to wait.
const DENY_RETRY_AFTER: u64 = TICKS_PER_SECOND;
/// Debts told at once.
const CHARGE_CONCURRENCY: usize = 256;

/// How a store is guarded.
#[derive(Debug, Clone)]
pub struct GuardSettings {
    /// The most that one decision takes, waiting and all; default 25 ms.
    pub deadline: Duration,
    /// The replicas that a quota is divided by in an outage; `None` takes the store's own last count.
    pub replicas: Option<u32>,
    /// Keys that this process can count at once while it decides; default 262,144 (4 MB).
    pub capacity: usize,
    /// Time after an outage in which this process goes on to decide, so that every replica has told the store what it
    /// admitted before any asks for more; default 300 ms, more than there is between two looks at the store.
    pub settle_for: Duration,
}

impl Default for GuardSettings {
    fn default() -> Self {
        let (deadline, settle_for) = (Duration::from_millis(25), Duration::from_millis(300));
        Self { deadline, replicas: None, capacity: 1 << 18, settle_for }
    }
}

/// A store that always answers. Cheap to clone.
#[derive(Debug)]
pub struct GuardedStore<S>(Arc<Guard<S>>);

#[derive(Debug)]
struct Guard<S> {
    store: S,
    local: MemoryStore,
    deadline: Duration,
    settle_for: Duration,
    replicas: Arc<AtomicU32>,
    breaker: Breaker,
    ledger: Ledger,
    /// Whether something stands in the ledger.
    owes: AtomicBool,
    clock: Clock,
    /// When the task that looks after the store last did, in ticks: a runtime that ends takes its tasks with it.
    probed_at: AtomicU64,
    probe: Policy,
}

impl<S> Clone for GuardedStore<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S: Store> GuardedStore<S> {
    /// Guards `store`; `replicas` is its count of replicas alive.
    pub fn new(store: S, replicas: Arc<AtomicU32>, settings: &GuardSettings) -> Self {
        let clock = Clock::new();
        let replicas = settings.replicas.map_or(replicas, |count| Arc::new(AtomicU32::new(count.max(1))));
        let here = MemoryStore::with_clock(settings.capacity, clock.clone()).as_fallback(replicas.clone());
        let quota = Quota::per_second(1).expect("one a second is a quota");
        let probe = Policy::new("limiter.probe", quota).expect("the name is one");
        ::metrics::gauge!("limiter.degraded").set(0.0);
        Self(Arc::new(Guard {
            store,
            local: here,
            deadline: settings.deadline,
            settle_for: settings.settle_for,
            replicas,
            breaker: Breaker::default(),
            ledger: Ledger::default(),
            owes: AtomicBool::new(false),
            clock,
            probed_at: AtomicU64::new(0),
            probe,
        }))
    }

    /// Whether this process decides because the store has failed.
    pub fn is_degraded(&self) -> bool {
        self.0.breaker.is_open()
    }
}

impl<S: Store> Guard<S> {
    async fn decide(self: &Arc<Self>, asks: &[LimitRequest]) -> StoreReplies {
        if self.owes.load(Ordering::Relaxed) && asks.iter().all(|ask| self.is_given_back_here(ask)) {
            return self.decide_locally(asks);
        }
        match timeout(self.deadline, self.store.decide(asks)).await.unwrap_or(Err(StoreError::Timeout)) {
            Ok(answers) => {
                self.breaker.count(self.clock.now(), false);
                if self.owes.load(Ordering::Relaxed) && self.owes.swap(false, Ordering::Relaxed) {
                    let guard = self.clone();
                    tokio::spawn(async move { guard.charge_ledger().await });
                }
                answers
            }
            Err(error) => {
                if self.breaker.count(self.clock.now(), true) {
                    self.opened(&error);
                }
                self.decide_locally(asks)
            }
        }
    }

    fn opened(self: &Arc<Self>, error: &StoreError) {
        let replicas = self.replicas.load(Ordering::Relaxed);
        tracing::warn!(%error, replicas, "the limiter's store has failed; this process decides with its share of the quotas");
        ::metrics::gauge!("limiter.degraded").set(1.0);
        self.ensure_probing();
    }

    /// Sees to it that somebody looks whether the store is back.
    fn ensure_probing(self: &Arc<Self>) {
        let now = self.clock.now();
        let looked = self.probed_at.load(Ordering::Relaxed);
        let stale = now.saturating_sub(looked) > 4 * TICKS_PER_SECOND || looked == 0;
        if stale && self.probed_at.compare_exchange(looked, now, Ordering::AcqRel, Ordering::Relaxed).is_ok() {
            tokio::spawn(probe_until_back(Arc::downgrade(self)));
        }
    }

    /// Decides here. Sorts out the limits that an outage decides for, so that the rest is all or nothing.
    fn decide_locally(&self, asks: &[LimitRequest]) -> StoreReplies {
        let counts = |ask: &LimitRequest| is_local(ask) || ask.policy.get_outage() == Outage::Local;
        let refused = asks.iter().any(|ask| {
            !counts(ask)
                && ask.policy.get_outage() == Outage::Deny
                && ask.policy.get_mode() == Mode::Enforce
                && takes(ask)
        });
        let counted: Vec<LimitRequest> = asks.iter().filter(|ask| counts(ask)).cloned().collect();
        let counted = if refused { peek(&counted) } else { counted };
        counted.iter().for_each(|ask| self.enter(ask));
        let mut here = self.local.decide_now(&counted).unwrap_or_default().into_iter();
        let answer = |ask: &LimitRequest| {
            let outcome = match (counts(ask), ask.policy.get_outage()) {
                (true, _) => return here.next().map(|answer| from(ask, answer)),
                (false, Outage::Deny) if takes(ask) => StoreOutcome::Exceeds { wait: DENY_RETRY_AFTER },
                _ => StoreOutcome::Conforms { until_idle: 0, granted: units(ask) },
            };
            Some(StoreReply { outcome, source: Source::Fallback })
        };
        asks.iter().filter_map(answer).collect()
    }

    /// Books a key, which begins with what the store last said of it, or with what it has here from before.
    fn enter(&self, ask: &LimitRequest) {
        if is_local(ask) {
            return;
        }
        let began_with = || {
            let said = self.store.cached_until_idle(&ask.policy, ask.key).unwrap_or(0);
            let tat = self.clock.now() + said.max(self.until_idle(&ask.policy, ask.key));
            self.local.seed(&ask.policy, ask.key, tat);
            tat
        };
        if self.ledger.enter(&ask.policy, ask.key, began_with) && !self.owes.load(Ordering::Relaxed) {
            self.owes.store(true, Ordering::Relaxed);
        }
    }

    /// Whether an ask gives back what was taken here and has not been told yet: the store knows nothing of it, and would
    /// be told of it later.
    fn is_given_back_here(&self, ask: &LimitRequest) -> bool {
        matches!(ask.action, Action::Refund(_)) && self.ledger.holds(&ask.policy, ask.key)
    }

    /// Ticks until a key is idle here.
    fn until_idle(&self, policy: &Policy, key: Key) -> u64 {
        match self.local.act_now(policy, key, Action::Take(0)) {
            Some(StoreReply { outcome: StoreOutcome::Conforms { until_idle, .. }, .. }) => until_idle,
            _ => 0,
        }
    }

    /// Limits of both kinds in one call: this process's own first, given back when one of the store's refuses.
    async fn decide_mixed(self: &Arc<Self>, asks: &[LimitRequest]) -> StoreReplies {
        let (local, shared): (Vec<LimitRequest>, Vec<LimitRequest>) = asks.iter().cloned().partition(is_local);
        let local_said = self.decide_locally(&local);
        let refused = refuses(&local, &local_said);
        let shared_said = if refused { self.decide(&peek(&shared)).await } else { self.decide(&shared).await };
        if !refused && refuses(&shared, &shared_said) {
            self.local.decide_now(&local.iter().filter_map(refund_of).collect::<Vec<_>>());
        }
        let (mut local_said, mut shared_said) = (local_said.into_iter(), shared_said.into_iter());
        asks.iter().filter_map(|ask| if is_local(ask) { local_said.next() } else { shared_said.next() }).collect()
    }

    /// Whether the store decides again. One unit is taken, which is gone after a second: a server that is out of memory, or a
    /// replica, answers whoever takes nothing, and refuses to write.
    async fn is_back(&self) -> bool {
        let key = Key::part("probe", &rand::random::<[u8; 8]>());
        let look = [LimitRequest::take(&self.probe, key, 1)];
        matches!(timeout(self.deadline, self.store.decide(&look)).await, Ok(Ok(_)))
    }

    /// Tells the store what was admitted here. False when it failed again.
    async fn charge_ledger(&self) -> bool {
        let replicas = self.replicas.load(Ordering::Relaxed);
        self.owes.store(false, Ordering::Relaxed);
        let tell = async |entry: Entry| {
            let until_idle = self.until_idle(&entry.policy, entry.key);
            let units = debt(&entry, until_idle, self.clock.now(), replicas);
            if units == 0 {
                return None;
            }
            let charge = [LimitRequest { policy: entry.policy.clone(), key: entry.key, action: Action::Charge(units) }];
            let told = timeout(self.deadline * 4, self.store.decide(&charge)).await;
            if matches!(told, Ok(Ok(_))) { None } else { Some(entry) }
        };
        let untold = stream::iter(self.ledger.drain()).map(tell).buffer_unordered(CHARGE_CONCURRENCY);
        let untold: Vec<Entry> = untold.filter_map(async |entry| entry).collect().await;
        let told = untold.is_empty();
        if !told {
            self.ledger.put_back(untold);
            self.owes.store(true, Ordering::Relaxed);
        }
        told
    }
}

/// Looks after a store that has failed until it is back, or nobody needs it any more.
async fn probe_until_back<S: Store>(guard: Weak<Guard<S>>) {
    loop {
        sleep(PROBE_INTERVAL.mul_f64(rand::random_range(0.75..1.25))).await;
        let Some(guard) = guard.upgrade() else { return };
        guard.probed_at.store(guard.clock.now(), Ordering::Relaxed);
        if guard.is_back().await && guard.charge_ledger().await {
            // What the other replicas have not told yet the store would give away once more, and the charge that comes
            // later finds the bucket empty already.
            sleep(guard.settle_for).await;
            if !guard.charge_ledger().await {
                continue;
            }
            guard.probed_at.store(0, Ordering::Relaxed);
            guard.breaker.close();
            ::metrics::gauge!("limiter.degraded").set(0.0);
            tracing::info!("the limiter's store decides again");
            // What was admitted here while the rest was being told.
            guard.charge_ledger().await;
            return;
        }
    }
}

impl<S: Store> Store for GuardedStore<S> {
    fn decide<'a>(&'a self, asks: &'a [LimitRequest]) -> StoreFuture<'a> {
        Box::pin(async move {
            let mixed = asks.iter().any(is_local);
            Ok(if mixed { self.0.decide_mixed(asks).await } else { self.0.decide(asks).await })
        })
    }

    fn decide_now(&self, asks: &[LimitRequest]) -> Option<StoreReplies> {
        if self.0.breaker.is_open() {
            self.0.ensure_probing();
            return Some(self.0.decide_locally(asks));
        }
        match asks.iter().filter(|ask| is_local(ask)).count() {
            0 => self.0.store.decide_now(asks),
            count if count == asks.len() => Some(self.0.decide_locally(asks)),
            _ => None,
        }
    }

    /// While the store is well only it can say something at once; all else takes the long way.
    fn act_now(&self, policy: &Policy, key: Key, action: Action) -> Option<StoreReply> {
        if !self.0.breaker.is_open() && policy.get_consistency() != Consistency::Local {
            return self.0.store.act_now(policy, key, action);
        }
        let ask = LimitRequest { policy: policy.clone(), key, action };
        self.decide_now(std::slice::from_ref(&ask))?.first().copied()
    }

    fn connect(&self) {
        self.0.store.connect();
    }

    fn connect_all(&self) {
        self.0.store.connect_all();
    }

    fn is_connected(&self) -> bool {
        self.0.store.is_connected()
    }

    fn cached_until_idle(&self, policy: &Policy, key: Key) -> Option<u64> {
        self.0.store.cached_until_idle(policy, key)
    }
}

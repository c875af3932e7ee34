//! A guard over a store that may be slow or unavailable: a deadline, a circuit breaker, and a local fallback.
//!
//! Every decision takes at most the deadline. After consecutive failures (`breaker`) calls to the store stop and one
//! task probes it every fifth of a second; until it is available again this process decides with the quota divided by
//! the number of live replicas, starting from the last cached reply for each key. On recovery the units admitted
//! meanwhile are charged to the store (`ledger`), then the other replicas get time to do the same, then the store
//! decides again.

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
    requests::{is_local, is_refusable, peek, refund_of, refuses, units, with_source},
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

/// Interval of probes of a failed store, ± a quarter.
const PROBE_INTERVAL: Duration = Duration::from_millis(200);
/// Retry time, in ticks, of a policy that refuses in an outage.
const DENY_RETRY_AFTER: u64 = TICKS_PER_SECOND;
/// Debts charged concurrently.
const CHARGE_CONCURRENCY: usize = 256;

/// Settings of a [`GuardedStore`].
#[derive(Debug, Clone)]
pub struct GuardSettings {
    /// Maximum time of one decision, waiting included; default 25 ms.
    pub deadline: Duration,
    /// Number of replicas that a quota is divided by in an outage; `None` uses the store's own last count.
    pub replicas: Option<u32>,
    /// Keys that this process can count at once while it decides; default 262,144 (4 MB).
    pub capacity: usize,
    /// Time after an outage in which this process continues to decide, so that every replica has charged the store for
    /// its admissions before any takes more; default 300 ms, longer than the interval of probes.
    pub recovery_grace: Duration,
}

impl Default for GuardSettings {
    fn default() -> Self {
        let (deadline, recovery_grace) = (Duration::from_millis(25), Duration::from_millis(300));
        Self { deadline, replicas: None, capacity: 1 << 18, recovery_grace }
    }
}

/// A store that always decides. Cheap to clone.
#[derive(Debug)]
pub struct GuardedStore<S>(Arc<Guard<S>>);

#[derive(Debug)]
struct Guard<S> {
    store: S,
    local: MemoryStore,
    deadline: Duration,
    recovery_grace: Duration,
    replicas: Arc<AtomicU32>,
    breaker: Breaker,
    ledger: Ledger,
    /// The ledger has entries.
    has_debts: AtomicBool,
    clock: Clock,
    /// Time of the probe task's last probe, in ticks: detects a task that ended with its runtime.
    probed_at: AtomicU64,
    probe: Policy,
}

impl<S> Clone for GuardedStore<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S: Store> GuardedStore<S> {
    /// Guards `store`; `replicas` is its count of live replicas.
    pub fn new(store: S, replicas: Arc<AtomicU32>, settings: &GuardSettings) -> Self {
        let clock = Clock::new();
        let replicas = settings.replicas.map_or(replicas, |count| Arc::new(AtomicU32::new(count.max(1))));
        let local = MemoryStore::with_clock(settings.capacity, clock.clone()).as_fallback(replicas.clone());
        let quota = Quota::per_second(1).expect("one a second is a quota");
        let probe = Policy::new("limiter.probe", quota).expect("the name is one");
        ::metrics::gauge!("limiter.degraded").set(0.0);
        Self(Arc::new(Guard {
            store,
            local,
            deadline: settings.deadline,
            recovery_grace: settings.recovery_grace,
            replicas,
            breaker: Breaker::default(),
            ledger: Ledger::default(),
            has_debts: AtomicBool::new(false),
            clock,
            probed_at: AtomicU64::new(0),
            probe,
        }))
    }

    /// `true` while this process decides because the store has failed.
    pub fn is_degraded(&self) -> bool {
        self.0.breaker.is_open()
    }
}

impl<S: Store> Guard<S> {
    async fn decide(self: &Arc<Self>, requests: &[LimitRequest]) -> StoreReplies {
        if self.has_debts.load(Ordering::Relaxed) && requests.iter().all(|request| self.is_local_refund(request)) {
            return self.decide_locally(requests);
        }
        match timeout(self.deadline, self.store.decide(requests)).await.unwrap_or(Err(StoreError::Timeout)) {
            Ok(replies) => {
                self.breaker.record(self.clock.now(), false);
                if self.has_debts.load(Ordering::Relaxed) && self.has_debts.swap(false, Ordering::Relaxed) {
                    let guard = self.clone();
                    tokio::spawn(async move { guard.charge_ledger().await });
                }
                replies
            }
            Err(error) => {
                if self.breaker.record(self.clock.now(), true) {
                    self.on_open(&error);
                }
                self.decide_locally(requests)
            }
        }
    }

    fn on_open(self: &Arc<Self>, error: &StoreError) {
        let replicas = self.replicas.load(Ordering::Relaxed);
        tracing::warn!(%error, replicas, "the limiter's store has failed; this process decides with its share of the quotas");
        ::metrics::gauge!("limiter.degraded").set(1.0);
        self.ensure_probing();
    }

    /// Starts the probe task unless it runs.
    fn ensure_probing(self: &Arc<Self>) {
        let now = self.clock.now();
        let probed_at = self.probed_at.load(Ordering::Relaxed);
        let stale = now.saturating_sub(probed_at) > 4 * TICKS_PER_SECOND || probed_at == 0;
        if stale && self.probed_at.compare_exchange(probed_at, now, Ordering::AcqRel, Ordering::Relaxed).is_ok() {
            tokio::spawn(probe_until_back(Arc::downgrade(self)));
        }
    }

    /// Decides in this process. Limits with a fixed outcome in an outage are separated, so that the rest is all or
    /// nothing.
    fn decide_locally(&self, requests: &[LimitRequest]) -> StoreReplies {
        let is_counted = |request: &LimitRequest| is_local(request) || request.policy.get_outage() == Outage::Local;
        let refused = requests.iter().any(|request| {
            !is_counted(request)
                && request.policy.get_outage() == Outage::Deny
                && request.policy.get_mode() == Mode::Enforce
                && is_refusable(request)
        });
        let counted: Vec<LimitRequest> = requests.iter().filter(|request| is_counted(request)).cloned().collect();
        let counted = if refused { peek(&counted) } else { counted };
        counted.iter().for_each(|request| self.enter(request));
        let mut replies = self.local.decide_now(&counted).unwrap_or_default().into_iter();
        let reply = |request: &LimitRequest| {
            let outcome = match (is_counted(request), request.policy.get_outage()) {
                (true, _) => return replies.next().map(|reply| with_source(request, reply)),
                (false, Outage::Deny) if is_refusable(request) => StoreOutcome::Exceeds { wait: DENY_RETRY_AFTER },
                _ => StoreOutcome::Conforms { until_idle: 0, granted: units(request) },
            };
            Some(StoreReply { outcome, source: Source::Fallback })
        };
        requests.iter().filter_map(reply).collect()
    }

    /// Enters a key into the ledger, with the later TAT of the store's last cached reply and its own state here.
    fn enter(&self, request: &LimitRequest) {
        if is_local(request) {
            return;
        }
        let initial_tat = || {
            let cached = self.store.cached_until_idle(&request.policy, request.key).unwrap_or(0);
            let tat = self.clock.now() + cached.max(self.until_idle(&request.policy, request.key));
            self.local.seed(&request.policy, request.key, tat);
            tat
        };
        if self.ledger.enter(&request.policy, request.key, initial_tat) && !self.has_debts.load(Ordering::Relaxed) {
            self.has_debts.store(true, Ordering::Relaxed);
        }
    }

    /// `true` for a refund of units that were taken here and are not charged to the store yet.
    fn is_local_refund(&self, request: &LimitRequest) -> bool {
        matches!(request.action, Action::Refund(_)) && self.ledger.contains(&request.policy, request.key)
    }

    /// Ticks until a key is idle in this process.
    fn until_idle(&self, policy: &Policy, key: Key) -> u64 {
        match self.local.act_now(policy, key, Action::Take(0)) {
            Some(StoreReply { outcome: StoreOutcome::Conforms { until_idle, .. }, .. }) => until_idle,
            _ => 0,
        }
    }

    /// Local and shared limits in one call: the local ones first, refunded when a shared one refuses.
    async fn decide_mixed(self: &Arc<Self>, requests: &[LimitRequest]) -> StoreReplies {
        let (local, shared): (Vec<LimitRequest>, Vec<LimitRequest>) = requests.iter().cloned().partition(is_local);
        let local_replies = self.decide_locally(&local);
        let refused = refuses(&local, &local_replies);
        let shared_replies = if refused { self.decide(&peek(&shared)).await } else { self.decide(&shared).await };
        if !refused && refuses(&shared, &shared_replies) {
            self.local.decide_now(&local.iter().filter_map(refund_of).collect::<Vec<_>>());
        }
        let (mut local_replies, mut shared_replies) = (local_replies.into_iter(), shared_replies.into_iter());
        requests
            .iter()
            .filter_map(|request| if is_local(request) { local_replies.next() } else { shared_replies.next() })
            .collect()
    }

    /// `true` when the store decides again. The probe takes one unit, which expires after a second: a server that is
    /// out of memory, or a read-only replica, still answers reads but refuses writes.
    async fn probe_store(&self) -> bool {
        let key = Key::part("probe", &rand::random::<[u8; 8]>());
        let probe = [LimitRequest::take(&self.probe, key, 1)];
        matches!(timeout(self.deadline, self.store.decide(&probe)).await, Ok(Ok(_)))
    }

    /// Charges the store for the units admitted here. `false` when it failed again.
    async fn charge_ledger(&self) -> bool {
        let replicas = self.replicas.load(Ordering::Relaxed);
        self.has_debts.store(false, Ordering::Relaxed);
        let charge_entry = async |entry: Entry| {
            let until_idle = self.until_idle(&entry.policy, entry.key);
            let units = debt(&entry, until_idle, self.clock.now(), replicas);
            if units == 0 {
                return None;
            }
            let charge = [LimitRequest { policy: entry.policy.clone(), key: entry.key, action: Action::Charge(units) }];
            let charged = timeout(self.deadline * 4, self.store.decide(&charge)).await;
            if matches!(charged, Ok(Ok(_))) { None } else { Some(entry) }
        };
        let unpaid = stream::iter(self.ledger.drain()).map(charge_entry).buffer_unordered(CHARGE_CONCURRENCY);
        let unpaid: Vec<Entry> = unpaid.filter_map(async |entry| entry).collect().await;
        let charged = unpaid.is_empty();
        if !charged {
            self.ledger.reinsert(unpaid);
            self.has_debts.store(true, Ordering::Relaxed);
        }
        charged
    }
}

/// Probes a failed store until it is available again, or the guard is dropped.
async fn probe_until_back<S: Store>(guard: Weak<Guard<S>>) {
    loop {
        sleep(PROBE_INTERVAL.mul_f64(rand::random_range(0.75..1.25))).await;
        let Some(guard) = guard.upgrade() else { return };
        guard.probed_at.store(guard.clock.now(), Ordering::Relaxed);
        if guard.probe_store().await && guard.charge_ledger().await {
            // The store would admit again the units that other replicas have not charged yet, and their later charge
            // would find the bucket empty already.
            sleep(guard.recovery_grace).await;
            if !guard.charge_ledger().await {
                continue;
            }
            guard.probed_at.store(0, Ordering::Relaxed);
            guard.breaker.close();
            ::metrics::gauge!("limiter.degraded").set(0.0);
            tracing::info!("the limiter's store decides again");
            // Units admitted here during the previous charge.
            guard.charge_ledger().await;
            return;
        }
    }
}

impl<S: Store> Store for GuardedStore<S> {
    fn decide<'a>(&'a self, requests: &'a [LimitRequest]) -> StoreFuture<'a> {
        Box::pin(async move {
            let mixed = requests.iter().any(is_local);
            Ok(if mixed { self.0.decide_mixed(requests).await } else { self.0.decide(requests).await })
        })
    }

    fn decide_now(&self, requests: &[LimitRequest]) -> Option<StoreReplies> {
        if self.0.breaker.is_open() {
            self.0.ensure_probing();
            return Some(self.0.decide_locally(requests));
        }
        match requests.iter().filter(|request| is_local(request)).count() {
            0 => self.0.store.decide_now(requests),
            count if count == requests.len() => Some(self.0.decide_locally(requests)),
            _ => None,
        }
    }

    /// While the store is available only its own immediate decisions are used; all others take [`Store::decide`].
    fn act_now(&self, policy: &Policy, key: Key, action: Action) -> Option<StoreReply> {
        if !self.0.breaker.is_open() && policy.get_consistency() != Consistency::Local {
            return self.0.store.act_now(policy, key, action);
        }
        let request = LimitRequest { policy: policy.clone(), key, action };
        self.decide_now(std::slice::from_ref(&request))?.first().copied()
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

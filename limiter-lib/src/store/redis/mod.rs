//! The shared store: Redis decides, by its own clock, in one script.
//!
//! * Each thread uses one long-lived connection; calls that arrive while replies are pending are sent as one batch.
//! * A refusal is cached until it can expire, and not requested again. That loses nothing: a TAT decreases only by a
//!   refund.
//! * The state in Redis carries a *marker* with the run id of the server. A server that restarted, was flushed or is
//!   another one after a failover has none, or not its own: it decides only after a grace period in which the replicas
//!   restore the state from their caches.
//! * An error is never a decision. A command that may have been executed is never sent twice.

mod connection;
mod deny_cache;
mod scripts;
mod settings;
mod shared;
mod wire;
mod worker;

use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicU32, AtomicUsize, Ordering},
};

pub use connection::{ConnectionFactory, RedisConnection};
pub use scripts::{DECIDE, JOIN};
pub use settings::{InvalidRedis, RedisSettings};
use smallvec::SmallVec;
use tokio::sync::{mpsc, oneshot};
use tracing::Instrument;
use wire::{Call, increment};

use self::shared::Shared;
use crate::{
    clock::Clock,
    decision::Source,
    key::Key,
    policy::{Mode, Policy},
    store::{Action, LimitRequest, Store, StoreError, StoreFuture, StoreOutcome, StoreReplies, StoreReply},
};

/// Decides in Redis, exactly over all replicas. Connects on first use and reconnects by itself; it can be created while
/// Redis is unavailable.
pub struct RedisStore {
    shared: Arc<Shared>,
    connections: Box<[RwLock<Option<mpsc::Sender<Call>>>]>,
}

thread_local! {
    /// Threads are numbered in order of first use, to spread them over the connections.
    static THREAD: usize = {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        NEXT.fetch_add(1, Ordering::Relaxed)
    };
}

impl RedisStore {
    /// A store that is not connected yet.
    ///
    /// # Errors
    /// [`InvalidRedis`]: settings that the driver rejects.
    pub fn new(settings: RedisSettings) -> Result<Self, InvalidRedis> {
        let connections = (0..settings.connections).map(|_| RwLock::new(None)).collect();
        Ok(Self { shared: Arc::new(Shared::new(settings, Clock::new())?), connections })
    }

    /// The number of live replicas at the last count, including this one. Counted each second while the store is in
    /// use.
    pub fn replicas(&self) -> Arc<AtomicU32> {
        self.shared.replicas.clone()
    }

    /// Starts a connection worker unless it runs.
    fn start(&self, index: usize) {
        let is_running =
            |worker: &Option<mpsc::Sender<Call>>| worker.as_ref().is_some_and(|sender| !sender.is_closed());
        if is_running(&self.connections[index].read().unwrap_or_else(PoisonError::into_inner)) {
            return;
        }
        let mut worker = self.connections[index].write().unwrap_or_else(PoisonError::into_inner);
        if !is_running(&worker) {
            let (sender, calls) = mpsc::channel(self.shared.settings.pending);
            self.shared.connection_started(index);
            tokio::spawn(worker::run(self.shared.clone(), index, calls));
            *worker = Some(sender);
        }
    }

    async fn call(&self, requests: SmallVec<[LimitRequest; 1]>, shard: u16) -> Result<StoreReplies, StoreError> {
        let span = tracing::info_span!(
            "redis",
            otel.name = "EVALSHA decide",
            otel.kind = "client",
            db.system.name = "redis",
            db.operation.name = "EVALSHA",
            db.stored_procedure.name = "decide",
            limits = requests.len() as i64, // an unsigned number would be exported as text
            "error.type" = tracing::field::Empty,
            otel.status_code = tracing::field::Empty,
        );
        let (reply_to, reply) = oneshot::channel();
        let outcome = match self.enqueue(Call { requests, shard, reply_to }) {
            Ok(()) => reply
                .instrument(span.clone())
                .await
                .unwrap_or_else(|_| Err(StoreError::Unreachable("the connection worker ended".to_owned()))),
            Err(error) => Err(error),
        };
        if let Err(error) = &outcome {
            span.record("otel.status_code", "error").record("error.type", error.error_type());
        }
        outcome
    }

    /// The index of this thread's connection.
    fn index(&self) -> usize {
        THREAD.with(|thread| thread % self.connections.len())
    }

    /// Enqueues a call for this thread's connection worker, which is started if it does not run.
    fn enqueue(&self, call: Call) -> Result<(), StoreError> {
        let index = self.index();
        let worker = &self.connections[index];
        let call = match worker.read().unwrap_or_else(PoisonError::into_inner).as_ref() {
            None => call,
            Some(sender) => match sender.try_send(call) {
                Ok(()) => return Ok(()),
                Err(mpsc::error::TrySendError::Full(_)) => return Err(StoreError::Overloaded),
                // The worker's runtime has ended.
                Err(mpsc::error::TrySendError::Closed(call)) => call,
            },
        };
        self.start(index);
        let sent = worker.read().unwrap_or_else(PoisonError::into_inner).as_ref().map(|sender| sender.try_send(call));
        if let Some(Ok(())) = sent { Ok(()) } else { Err(StoreError::Overloaded) }
    }

    /// Calls with keys in several shards of a cluster: shard after shard, with a refund when a later one refuses. All
    /// or nothing up to calls in flight; never more than the limits allow.
    async fn decide_by_shard(&self, requests: &[LimitRequest]) -> Result<StoreReplies, StoreError> {
        let shard = |request: &LimitRequest| self.shared.scripts.shard(request.key);
        let mut replies: SmallVec<[Option<StoreReply>; 2]> = requests.iter().map(|_| None).collect();
        let mut refused = false;
        for (index, request) in requests.iter().enumerate() {
            if replies[index].is_some() {
                continue;
            }
            let part: SmallVec<[usize; 8]> =
                (index..requests.len()).filter(|other| shard(&requests[*other]) == shard(request)).collect();
            let is_enforced_take = |request: &LimitRequest| {
                matches!(request.action, Action::Take(_)) && request.policy.get_mode() == Mode::Enforce
            };
            let calls = part.iter().map(|at| {
                let request = requests[*at].clone();
                // After a refusal the remaining shards are only read.
                if refused && is_enforced_take(&request) {
                    LimitRequest { action: Action::Take(0), ..request }
                } else {
                    request
                }
            });
            let part_replies = match self.call(calls.collect(), shard(request)).await {
                Ok(part_replies) => part_replies,
                Err(error) => {
                    // The caller continues without the store: units taken in the other shards would be lost.
                    let _ = self.refund_parts(requests, &mut replies, index).await;
                    return Err(error);
                }
            };
            for (at, reply) in part.iter().zip(&part_replies) {
                replies[*at] = Some(*reply);
            }
            if !refused
                && part.iter().zip(&part_replies).any(|(at, reply)| is_enforced_take(&requests[*at]) && reply.exceeds())
            {
                refused = true;
                self.refund_parts(requests, &mut replies, index).await?;
            }
        }
        Ok(replies.into_iter().flatten().collect())
    }

    /// Refunds units taken in the shards before `until`.
    async fn refund_parts(
        &self,
        requests: &[LimitRequest],
        replies: &mut [Option<StoreReply>],
        until: usize,
    ) -> Result<(), StoreError> {
        let refusing = self.shared.scripts.shard(requests[until].key);
        for (request, reply) in requests.iter().zip(replies) {
            let shard = self.shared.scripts.shard(request.key);
            if shard == refusing || request.policy.get_mode() != Mode::Enforce {
                continue;
            }
            if let (Action::Take(units), Some(StoreReply { outcome: StoreOutcome::Conforms { .. }, .. })) =
                (request.action, &reply)
            {
                let refund = LimitRequest { action: Action::Refund(units), ..request.clone() };
                let part_replies = self.call([refund].into_iter().collect(), shard).await?;
                *reply = part_replies.first().copied();
            }
        }
        Ok(())
    }
}

impl Store for RedisStore {
    fn decide<'a>(&'a self, requests: &'a [LimitRequest]) -> StoreFuture<'a> {
        Box::pin(async move {
            let Some(first) = requests.first() else { return Ok(StoreReplies::new()) };
            let shard = self.shared.scripts.shard(first.key);
            if requests.iter().all(|request| self.shared.scripts.shard(request.key) == shard) {
                self.call(requests.iter().cloned().collect(), shard).await
            } else {
                self.decide_by_shard(requests).await
            }
        })
    }

    /// Refuses from the deny cache. Only where all limits enforce: one in shadow takes its units independently of the
    /// others.
    fn decide_now(&self, requests: &[LimitRequest]) -> Option<StoreReplies> {
        if let [request] = requests {
            return self
                .act_now(&request.policy, request.key, request.action)
                .map(|reply| StoreReplies::from_iter([reply]));
        }
        let now = self.shared.clock.now();
        let mut is_denied = false;
        let mut replies = StoreReplies::new();
        for request in requests {
            let Action::Take(_) = request.action else { return None };
            if request.policy.get_mode() != Mode::Enforce {
                return None;
            }
            let rule = request.policy.rule();
            let outcome =
                match self.shared.deny_cache.denied(&request.policy, request.key, increment(request, rule), now) {
                    Some(wait) => {
                        is_denied = true;
                        StoreOutcome::Exceeds { wait }
                    }
                    None => {
                        let until_idle = self.shared.deny_cache.until_idle(&request.policy, request.key, now);
                        StoreOutcome::Conforms { until_idle: until_idle.unwrap_or(0), granted: 0 }
                    }
                };
            replies.push(StoreReply { outcome, source: Source::DenyCache });
        }
        is_denied.then_some(replies)
    }

    fn act_now(&self, policy: &Policy, key: Key, action: Action) -> Option<StoreReply> {
        let Action::Take(units) = action else { return None };
        if policy.get_mode() != Mode::Enforce {
            return None;
        }
        let (increment, now) = (policy.rule().increment(units), self.shared.clock.now());
        let wait = self.shared.deny_cache.denied(policy, key, increment, now)?;
        Some(StoreReply { outcome: StoreOutcome::Exceeds { wait }, source: Source::DenyCache })
    }

    fn connect(&self) {
        self.start(self.index());
    }

    fn connect_all(&self) {
        (0..self.connections.len()).for_each(|index| self.start(index));
    }

    fn is_connected(&self) -> bool {
        self.shared.is_joined()
    }

    fn cached_until_idle(&self, policy: &Policy, key: Key) -> Option<u64> {
        self.shared.deny_cache.until_idle(policy, key, self.shared.clock.now())
    }
}

impl std::fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RedisStore").field("settings", &self.shared.settings).finish_non_exhaustive()
    }
}

//! The shared store: Redis decides, by its own clock, in one script.
//!
//! * Each worker thread keeps to one long-lived connection (a *lane*); what comes while answers are under way goes out
//!   as one batch.
//! * A refusal is remembered until it can be over, and not asked again. That loses nothing: a TAT goes back only by a
//!   refund.
//! * The state in Redis carries a *marker* with the run id of the server. A server that restarted, was flushed or is
//!   another one after a failover has none, or not its own: it decides only after the replicas were given time to tell
//!   what they remember.
//! * An error is never a decision. Nothing that may have been done is sent twice.

mod connection;
mod deny_cache;
mod settings;
mod shared;
mod wire;
mod worker;

use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicU32, AtomicUsize, Ordering},
};

pub use connection::{ConnectionFactory as LinkSource, RedisConnection};
pub use settings::{InvalidRedis, RedisSettings};
use smallvec::SmallVec;
use tokio::sync::{mpsc, oneshot};
use tracing::Instrument;
use wire::{Call, increment};
pub use wire::{DECIDE, JOIN};

use self::shared::Shared;
use crate::{
    clock::Clock,
    decision::Source,
    key::Key,
    policy::{Mode, Policy},
    store::{Action, LimitRequest, Store, StoreError, StoreFuture, StoreOutcome, StoreReplies, StoreReply},
};

/// Decides in Redis, exactly over all replicas. Connects by itself when it is first used, and again whenever it must;
/// it can be made while Redis is away.
pub struct RedisStore {
    shared: Arc<Shared>,
    connections: Box<[RwLock<Option<mpsc::Sender<Call>>>]>,
}

thread_local! {
    /// Threads are numbered as they come, to spread them over the lanes.
    static THREAD: usize = {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        NEXT.fetch_add(1, Ordering::Relaxed)
    };
}

impl RedisStore {
    /// A store that is not connected yet.
    ///
    /// # Errors
    /// [`InvalidRedis`]: settings that the driver refuses.
    pub fn new(settings: RedisSettings) -> Result<Self, InvalidRedis> {
        let lanes = (0..settings.connections).map(|_| RwLock::new(None)).collect();
        Ok(Self { shared: Arc::new(Shared::new(settings, Clock::new())?), connections: lanes })
    }

    /// The replicas alive at the last count, this one among them. Counted each second while the store is in use.
    pub fn replicas(&self) -> Arc<AtomicU32> {
        self.shared.replicas.clone()
    }

    /// Starts a lane unless it runs.
    fn start(&self, index: usize) {
        let is_running = |lane: &Option<mpsc::Sender<Call>>| lane.as_ref().is_some_and(|sender| !sender.is_closed());
        if is_running(&self.connections[index].read().unwrap_or_else(PoisonError::into_inner)) {
            return;
        }
        let mut lane = self.connections[index].write().unwrap_or_else(PoisonError::into_inner);
        if !is_running(&lane) {
            let (sender, calls) = mpsc::channel(self.shared.settings.pending);
            self.shared.connection_started(index);
            tokio::spawn(worker::run(self.shared.clone(), index, calls));
            *lane = Some(sender);
        }
    }

    async fn call(&self, asks: SmallVec<[LimitRequest; 1]>, shard: u16) -> Result<StoreReplies, StoreError> {
        let span = tracing::info_span!(
            "redis",
            otel.name = "EVALSHA decide",
            otel.kind = "client",
            db.system.name = "redis",
            db.operation.name = "EVALSHA",
            db.stored_procedure.name = "decide",
            limits = asks.len() as i64, // an unsigned number would be exported as text
            "error.type" = tracing::field::Empty,
            otel.status_code = tracing::field::Empty,
        );
        let (reply, answer) = oneshot::channel();
        let outcome = match self.put(Call { asks, shard, reply }) {
            Ok(()) => answer
                .instrument(span.clone())
                .await
                .unwrap_or_else(|_| Err(StoreError::Unreachable("the lane ended".to_owned()))),
            Err(error) => Err(error),
        };
        if let Err(error) = &outcome {
            span.record("otel.status_code", "error").record("error.type", error.error_type());
        }
        outcome
    }

    /// This thread's lane.
    fn index(&self) -> usize {
        THREAD.with(|thread| thread % self.connections.len())
    }

    /// Puts a call on this thread's lane, starting the lane where it does not run.
    fn put(&self, call: Call) -> Result<(), StoreError> {
        let index = self.index();
        let lane = &self.connections[index];
        let call = match lane.read().unwrap_or_else(PoisonError::into_inner).as_ref() {
            None => call,
            Some(sender) => match sender.try_send(call) {
                Ok(()) => return Ok(()),
                Err(mpsc::error::TrySendError::Full(_)) => return Err(StoreError::Overloaded),
                // The runtime that it ran on has ended.
                Err(mpsc::error::TrySendError::Closed(call)) => call,
            },
        };
        self.start(index);
        let sent = lane.read().unwrap_or_else(PoisonError::into_inner).as_ref().map(|sender| sender.try_send(call));
        if let Some(Ok(())) = sent { Ok(()) } else { Err(StoreError::Overloaded) }
    }

    /// Calls whose keys lie in several parts of a cluster: part after part, giving back what was taken when a later one
    /// refuses. All or nothing up to what is under way; never more than the limits allow.
    async fn spread(&self, asks: &[LimitRequest]) -> Result<StoreReplies, StoreError> {
        let shard = |ask: &LimitRequest| self.shared.scripts.shard(ask.key);
        let mut answers: SmallVec<[Option<StoreReply>; 2]> = asks.iter().map(|_| None).collect();
        let mut refused = false;
        for (index, ask) in asks.iter().enumerate() {
            if answers[index].is_some() {
                continue;
            }
            let part: SmallVec<[usize; 8]> =
                (index..asks.len()).filter(|other| shard(&asks[*other]) == shard(ask)).collect();
            let looks =
                |ask: &LimitRequest| matches!(ask.action, Action::Take(_)) && ask.policy.get_mode() == Mode::Enforce;
            let calls = part.iter().map(|at| {
                let ask = asks[*at].clone();
                // After a refusal the rest is only looked at.
                if refused && looks(&ask) { LimitRequest { action: Action::Take(0), ..ask } } else { ask }
            });
            let said = match self.call(calls.collect(), shard(ask)).await {
                Ok(said) => said,
                Err(error) => {
                    // Whoever asks goes on without the store: what the other parts took is nobody's.
                    let _ = self.give_back(asks, &mut answers, index).await;
                    return Err(error);
                }
            };
            for (at, answer) in part.iter().zip(&said) {
                answers[*at] = Some(*answer);
            }
            if !refused && part.iter().zip(&said).any(|(at, answer)| looks(&asks[*at]) && answer.exceeds()) {
                refused = true;
                self.give_back(asks, &mut answers, index).await?;
            }
        }
        Ok(answers.into_iter().flatten().collect())
    }

    /// Gives back what the parts before `until` have taken.
    async fn give_back(
        &self,
        asks: &[LimitRequest],
        answers: &mut [Option<StoreReply>],
        until: usize,
    ) -> Result<(), StoreError> {
        let refusing = self.shared.scripts.shard(asks[until].key);
        for (ask, answer) in asks.iter().zip(answers) {
            let shard = self.shared.scripts.shard(ask.key);
            if shard == refusing || ask.policy.get_mode() != Mode::Enforce {
                continue;
            }
            if let (Action::Take(units), Some(StoreReply { outcome: StoreOutcome::Conforms { .. }, .. })) =
                (ask.action, &answer)
            {
                let refund = LimitRequest { action: Action::Refund(units), ..ask.clone() };
                let said = self.call([refund].into_iter().collect(), shard).await?;
                *answer = said.first().copied();
            }
        }
        Ok(())
    }
}

impl Store for RedisStore {
    fn decide<'a>(&'a self, asks: &'a [LimitRequest]) -> StoreFuture<'a> {
        Box::pin(async move {
            let Some(first) = asks.first() else { return Ok(StoreReplies::new()) };
            let shard = self.shared.scripts.shard(first.key);
            if asks.iter().all(|ask| self.shared.scripts.shard(ask.key) == shard) {
                self.call(asks.iter().cloned().collect(), shard).await
            } else {
                self.spread(asks).await
            }
        })
    }

    /// Refuses by itself what the server is known to refuse. Only where all limits enforce: one in shadow takes its units
    /// whatever the others say.
    fn decide_now(&self, asks: &[LimitRequest]) -> Option<StoreReplies> {
        if let [ask] = asks {
            return self.act_now(&ask.policy, ask.key, ask.action).map(|answer| StoreReplies::from_iter([answer]));
        }
        let now = self.shared.clock.now();
        let mut known = false;
        let mut answers = StoreReplies::new();
        for ask in asks {
            let Action::Take(_) = ask.action else { return None };
            if ask.policy.get_mode() != Mode::Enforce {
                return None;
            }
            let rule = ask.policy.rule();
            let outcome = match self.shared.deny_cache.denied(&ask.policy, ask.key, increment(ask, rule), now) {
                Some(wait) => {
                    known = true;
                    StoreOutcome::Exceeds { wait }
                }
                None => {
                    let until_idle = self.shared.deny_cache.until_idle(&ask.policy, ask.key, now);
                    StoreOutcome::Conforms { until_idle: until_idle.unwrap_or(0), granted: 0 }
                }
            };
            answers.push(StoreReply { outcome, source: Source::DenyCache });
        }
        known.then_some(answers)
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

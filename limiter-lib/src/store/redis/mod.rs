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

mod lane;
mod link;
mod remembered;
mod settings;
mod shared;
mod wire;

use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicU32, AtomicUsize, Ordering},
};

pub use link::{Link, Source as LinkSource};
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
    store::{Action, Answer, Answered, Answers, Ask, Deciding, Store, StoreError},
};

/// Decides in Redis, exactly over all replicas. Connects by itself when it is first used, and again whenever it must;
/// it can be made while Redis is away.
pub struct RedisStore {
    shared: Arc<Shared>,
    lanes: Box<[RwLock<Option<mpsc::Sender<Call>>>]>,
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
        let lanes = (0..settings.lanes).map(|_| RwLock::new(None)).collect();
        Ok(Self { shared: Arc::new(Shared::new(settings, Clock::new())?), lanes })
    }

    /// The replicas alive at the last count, this one among them. Counted each second while the store is in use.
    pub fn replicas(&self) -> Arc<AtomicU32> {
        self.shared.replicas.clone()
    }

    /// Starts a lane unless it runs.
    fn start(&self, index: usize) {
        let is_running = |lane: &Option<mpsc::Sender<Call>>| lane.as_ref().is_some_and(|sender| !sender.is_closed());
        if is_running(&self.lanes[index].read().unwrap_or_else(PoisonError::into_inner)) {
            return;
        }
        let mut lane = self.lanes[index].write().unwrap_or_else(PoisonError::into_inner);
        if !is_running(&lane) {
            let (sender, calls) = mpsc::channel(self.shared.settings.pending);
            self.shared.lane_started(index);
            tokio::spawn(lane::run(self.shared.clone(), index, calls));
            *lane = Some(sender);
        }
    }

    async fn call(&self, asks: SmallVec<[Ask; 1]>, shard: u16) -> Result<Answers, StoreError> {
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
            span.record("otel.status_code", "error").record("error.type", error.word());
        }
        outcome
    }

    /// This thread's lane.
    fn index(&self) -> usize {
        THREAD.with(|thread| thread % self.lanes.len())
    }

    /// Puts a call on this thread's lane, starting the lane where it does not run.
    fn put(&self, call: Call) -> Result<(), StoreError> {
        let index = self.index();
        let lane = &self.lanes[index];
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
    async fn spread(&self, asks: &[Ask]) -> Result<Answers, StoreError> {
        let shard = |ask: &Ask| self.shared.words.shard(ask.key);
        let mut answers: SmallVec<[Option<Answer>; 2]> = asks.iter().map(|_| None).collect();
        let mut refused = false;
        for (index, ask) in asks.iter().enumerate() {
            if answers[index].is_some() {
                continue;
            }
            let part: SmallVec<[usize; 8]> =
                (index..asks.len()).filter(|other| shard(&asks[*other]) == shard(ask)).collect();
            let looks = |ask: &Ask| matches!(ask.action, Action::Take(_)) && ask.policy.get_mode() == Mode::Enforce;
            let calls = part.iter().map(|at| {
                let ask = asks[*at].clone();
                // After a refusal the rest is only looked at.
                if refused && looks(&ask) { Ask { action: Action::Take(0), ..ask } } else { ask }
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
    async fn give_back(&self, asks: &[Ask], answers: &mut [Option<Answer>], until: usize) -> Result<(), StoreError> {
        let refusing = self.shared.words.shard(asks[until].key);
        for (ask, answer) in asks.iter().zip(answers) {
            let shard = self.shared.words.shard(ask.key);
            if shard == refusing || ask.policy.get_mode() != Mode::Enforce {
                continue;
            }
            if let (Action::Take(units), Some(Answer { outcome: Answered::Conforms { .. }, .. })) =
                (ask.action, &answer)
            {
                let refund = Ask { action: Action::Refund(units), ..ask.clone() };
                let said = self.call([refund].into_iter().collect(), shard).await?;
                *answer = said.first().copied();
            }
        }
        Ok(())
    }
}

impl Store for RedisStore {
    fn decide<'a>(&'a self, asks: &'a [Ask]) -> Deciding<'a> {
        Box::pin(async move {
            let Some(first) = asks.first() else { return Ok(Answers::new()) };
            let shard = self.shared.words.shard(first.key);
            if asks.iter().all(|ask| self.shared.words.shard(ask.key) == shard) {
                self.call(asks.iter().cloned().collect(), shard).await
            } else {
                self.spread(asks).await
            }
        })
    }

    /// Refuses by itself what the server is known to refuse. Only where all limits enforce: one in shadow takes its units
    /// whatever the others say.
    fn decide_now(&self, asks: &[Ask]) -> Option<Answers> {
        if let [ask] = asks {
            return self.act_now(&ask.policy, ask.key, ask.action).map(|answer| Answers::from_iter([answer]));
        }
        let now = self.shared.clock.now();
        let mut known = false;
        let mut answers = Answers::new();
        for ask in asks {
            let Action::Take(_) = ask.action else { return None };
            if ask.policy.get_mode() != Mode::Enforce {
                return None;
            }
            let rule = ask.policy.rule();
            let outcome = match self.shared.remembered.denied(&ask.policy, ask.key, increment(ask, rule), now) {
                Some(wait) => {
                    known = true;
                    Answered::Exceeds { wait }
                }
                None => {
                    let until_idle = self.shared.remembered.until_idle(&ask.policy, ask.key, now);
                    Answered::Conforms { until_idle: until_idle.unwrap_or(0), granted: 0 }
                }
            };
            answers.push(Answer { outcome, source: Source::DenyCache });
        }
        known.then_some(answers)
    }

    fn act_now(&self, policy: &Policy, key: Key, action: Action) -> Option<Answer> {
        let Action::Take(units) = action else { return None };
        if policy.get_mode() != Mode::Enforce {
            return None;
        }
        let (increment, now) = (policy.rule().increment(units), self.shared.clock.now());
        let wait = self.shared.remembered.denied(policy, key, increment, now)?;
        Some(Answer { outcome: Answered::Exceeds { wait }, source: Source::DenyCache })
    }

    fn connect(&self) {
        self.start(self.index());
    }

    fn connect_all(&self) {
        (0..self.lanes.len()).for_each(|index| self.start(index));
    }

    fn is_connected(&self) -> bool {
        self.shared.is_joined()
    }

    fn remembered(&self, policy: &Policy, key: Key) -> Option<u64> {
        self.shared.remembered.until_idle(policy, key, self.shared.clock.now())
    }
}

impl std::fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RedisStore").field("settings", &self.shared.settings).finish_non_exhaustive()
    }
}

//! Hashing threads with a bounded queue.
//!
//! A hash costs about twenty milliseconds of a core. Under overload longer waits help no client: an attempt is admitted
//! if it will probably be hashed within half of its deadline, by the mean time of recent hashes, and rejected at once
//! otherwise. The other half is for what comes later: slower hashes, and attempts in better lanes. A request that waited
//! past its deadline all the same is dropped without hashing.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{io, thread};

use contracts::Secret;
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use service_kit::trace;
use tokio::sync::oneshot;

use super::argon::HashCost;
use super::hash_time::MeanHashTime;
use super::hasher::{ArgonError, Hasher};
use super::lanes::{HashCaller, HashLane, Lanes};
use super::password_forms::{PasswordForms, Verification};
use super::password_hash::PasswordHash;
use super::priority::lower_priority;

/// Size and deadline of the pool.
#[derive(Debug, Clone)]
pub struct HashPoolSettings {
    /// Threads, at least one; each keeps 19 MiB once it has hashed.
    pub threads: usize,
    /// Maximum number of waiting requests per lane, at least one. As many more as there are threads are admitted.
    pub queue: usize,
    /// Maximum waiting time of a request.
    pub deadline: Duration,
    /// Cost of new hashes.
    pub cost: HashCost,
}

/// Reasons why a password was not hashed.
#[derive(Debug, thiserror::Error)]
pub enum HashingError {
    /// The queue was full, or the deadline passed. Nothing was computed; the client may retry later.
    #[error("too many passwords are waiting to be hashed")]
    Busy,
    /// An internal error.
    #[error("a password could not be hashed")]
    Failed(#[source] ArgonError),
}

/// The pool. Threads end when the last handle is dropped.
pub struct HashPool {
    shared: Arc<Shared>,
    threads: usize,
    deadline: Duration,
}

struct Shared {
    queue: Mutex<Queue>,
    wake: Condvar,
}

struct Queue {
    jobs: Lanes<Job>,
    hash_time: MeanHashTime,
    closed: bool,
}

enum Job {
    Hash { password: Secret, until: Instant, reply: oneshot::Sender<Result<PasswordHash, HashingError>> },
    Verify { password: PasswordForms, stored: Option<PasswordHash>, until: Instant, reply: oneshot::Sender<Verified> },
}

type Verified = Result<Verification, HashingError>;

fn describe_metrics() {
    service_kit::telemetry::metrics::install(); // descriptions before a recorder is installed are lost
    describe_gauge!("hashing.queue.length", "Passwords that wait to be hashed.");
    describe_histogram!("hashing.duration", Unit::Seconds, "Hashing one password.");
    describe_counter!(
        "hashing.refused",
        "Passwords that were not hashed: too many waited already, or the turn came too late."
    );
}

impl HashPool {
    /// Starts the threads. Each allocates its memory with its first hash.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn start(settings: &HashPoolSettings) -> io::Result<Self> {
        describe_metrics();
        let threads = settings.threads.max(1);
        let jobs = Lanes::new(settings.queue, threads);
        let queue = Mutex::new(Queue { jobs, hash_time: MeanHashTime::default(), closed: false });
        let shared = Arc::new(Shared { queue, wake: Condvar::new() });
        let pool = Self { shared, threads, deadline: settings.deadline };
        let cost = settings.cost;
        for number in 0..threads {
            let shared = Arc::clone(&pool.shared);
            thread::Builder::new().name(format!("hash-{number}")).spawn(move || work(&shared, cost))?;
        }
        Ok(pool)
    }

    /// Hashes a new password.
    ///
    /// # Errors
    /// [`HashingError::Busy`] at once when the queue is full, or when the deadline passes.
    #[trace(name = "hash_password")]
    pub async fn hash(&self, lane: HashLane, password: Secret) -> Result<PasswordHash, HashingError> {
        let (reply, result) = oneshot::channel();
        self.submit(lane, Job::Hash { password, until: Instant::now() + self.deadline, reply })?;
        result.await.unwrap_or(Err(HashingError::Busy))
    }

    /// Verifies `password` against `stored`. Without a stored hash it does the work of one made here, and finds the
    /// password wrong.
    ///
    /// # Errors
    /// As [`Self::hash`].
    #[trace(name = "verify_password")]
    pub async fn verify(
        &self,
        lane: HashLane,
        password: impl Into<PasswordForms>,
        stored: Option<PasswordHash>,
    ) -> Result<Verification, HashingError> {
        let (reply, result) = oneshot::channel();
        let password = password.into();
        self.submit(lane, Job::Verify { password, stored, until: Instant::now() + self.deadline, reply })?;
        result.await.unwrap_or(Err(HashingError::Busy))
    }

    /// Admits an attempt: it has a slot in a lane until the slot is dropped. Call it before the attempt takes
    /// rate-limit units and runs SQL, so that a flood occupies no more connections than its lane has slots.
    ///
    /// # Errors
    /// [`HashingError::Busy`] when the lane is full, or when half of the deadline would pass before its turn.
    pub fn enter(&self, caller: HashCaller) -> Result<HashSlot, HashingError> {
        let entered = {
            let mut queue = self.shared.lock();
            let in_time = queue.hash_time.hashes_within(self.deadline / 2, self.threads);
            // Of those ahead, all threads but one may take one each at once.
            queue.jobs.enter(caller, in_time.saturating_add(self.threads - 1))
        };
        let Some(lane) = entered else {
            record_rejection("full");
            return Err(HashingError::Busy);
        };
        Ok(HashSlot { shared: Arc::clone(&self.shared), lane, client: caller.client })
    }

    fn submit(&self, lane: HashLane, job: Job) -> Result<(), HashingError> {
        let mut queue = self.shared.lock();
        if queue.jobs.push(lane, job).is_err() {
            record_rejection("full");
            return Err(HashingError::Busy);
        }
        gauge!("hashing.queue.length").set(queue.jobs.len() as f64);
        drop(queue);
        self.shared.wake.notify_one();
        Ok(())
    }
}

/// A slot for one attempt.
#[must_use = "dropped, it makes room for the next"]
pub struct HashSlot {
    shared: Arc<Shared>,
    /// The lane in which the attempt hashes.
    pub lane: HashLane,
    client: Option<u128>,
}

impl Drop for HashSlot {
    fn drop(&mut self) {
        self.shared.lock().jobs.leave(self.lane, self.client);
    }
}

impl Drop for HashPool {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.wake.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner) // a queue is always consistent
    }

    /// The next job; `None` when the pool is closed.
    fn next(&self) -> Option<Job> {
        let mut queue = self.lock();
        loop {
            if let Some(job) = queue.jobs.pop() {
                gauge!("hashing.queue.length").set(queue.jobs.len() as f64);
                return Some(job);
            }
            if queue.closed {
                return None;
            }
            queue = self.wake.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Main loop of a thread. A dropped receiver is no error.
fn work(shared: &Shared, cost: HashCost) {
    lower_priority();
    let mut hasher = Hasher::new(cost);
    while let Some(job) = shared.next() {
        match job {
            Job::Hash { password, until, reply } if is_live(until, &reply) => {
                let hash = measured(shared, || hasher.hash(password.expose().as_bytes()));
                let _ = reply.send(hash.map_err(HashingError::Failed));
            }
            Job::Verify { password, stored, until, reply } if is_live(until, &reply) => {
                let verified = measured(shared, || hasher.verify(&password, stored.as_ref()));
                let _ = reply.send(verified.map_err(HashingError::Failed));
            }
            Job::Hash { .. } | Job::Verify { .. } => record_rejection("late"),
        }
    }
}

/// Runs a hash, and counts its time before its caller goes on.
fn measured<T>(shared: &Shared, hash: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let result = hash();
    let took = started.elapsed();
    shared.lock().hash_time.record(took);
    histogram!("hashing.duration").record(took.as_secs_f64());
    result
}

/// Dropping the reply of a late job returns `Busy` to its caller.
fn is_live<T>(until: Instant, reply: &oneshot::Sender<T>) -> bool {
    Instant::now() < until && !reply.is_closed()
}

/// Counts a password that was not hashed.
fn record_rejection(reason: &'static str) {
    counter!("hashing.refused", "reason" => reason).increment(1);
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANY: HashLane = HashLane::Other;

    fn pool(threads: usize, queue: usize, deadline: Duration) -> HashPool {
        HashPool::start(&HashPoolSettings { threads, queue, deadline, cost: HashCost::default() }).unwrap()
    }

    #[tokio::test]
    async fn a_hash_of_one_thread_is_verified_by_another() {
        let pool = pool(2, 8, Duration::from_secs(60));
        let hash = pool.hash(ANY, Secret::new("three cats")).await.unwrap();
        let verify = async |text: &str| pool.verify(ANY, Secret::new(text), Some(hash.clone())).await.unwrap();
        assert_eq!(verify("three cats").await, Verification::Right);
        assert_eq!(verify("three dogs").await, Verification::Wrong);
    }

    #[tokio::test]
    async fn a_full_queue_rejects_at_once_and_serves_waiting_requests() {
        let pool = pool(1, 2, Duration::from_secs(60));
        let tries = (0..40).map(|_| pool.hash(ANY, Secret::new("three cats")));
        let outcomes = futures_util::future::join_all(tries).await;
        let busy = outcomes.iter().filter(|outcome| matches!(outcome, Err(HashingError::Busy))).count();
        assert!((20..=38).contains(&busy), "{busy} of 40 were refused");
        assert!(outcomes.iter().filter(|outcome| outcome.is_ok()).count() >= 2);
    }

    #[tokio::test]
    async fn attempts_that_would_wait_for_half_of_the_deadline_are_rejected_at_once() {
        let pool = pool(2, 100, Duration::from_secs(20));
        pool.shared.lock().hash_time.record(Duration::from_secs(1));
        let enter = |lane, client| pool.enter(HashCaller { lane, client: Some(client) });
        let mut slots: Vec<_> = (0..100).map_while(|client| enter(ANY, client).ok()).collect();
        assert_eq!(slots.len(), 22, "in ten seconds two threads take 22, of which they finish 20");
        assert!(enter(HashLane::KnownDevice, 1).is_ok(), "another lane has its own turns");
        slots.pop();
        assert!(enter(ANY, 100).is_ok());
    }

    #[tokio::test]
    async fn times_of_hashes_are_counted_and_those_of_late_requests_are_not() {
        let hour = Duration::from_secs(3600);
        for (deadline, counted) in [(hour, true), (Duration::ZERO, false)] {
            let pool = pool(1, 8, deadline);
            let before = pool.shared.lock().hash_time.hashes_within(hour, 1);
            assert_eq!(pool.hash(ANY, Secret::new("three cats")).await.is_ok(), counted);
            assert_eq!(pool.shared.lock().hash_time.hashes_within(hour, 1) != before, counted);
        }
    }

    #[tokio::test]
    async fn a_request_past_its_deadline_is_not_hashed() {
        let pool = pool(1, 8, Duration::ZERO);
        assert!(matches!(pool.hash(ANY, Secret::new("three cats")).await, Err(HashingError::Busy)));
    }
}

//! Hashing threads with a bounded queue.
//!
//! A hash costs about twenty milliseconds of a core. Under overload longer waits help no client: a full queue rejects
//! at once, and a request that waited past its deadline is dropped without hashing.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{io, thread};

use contracts::Secret;
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use service_kit::trace;
use tokio::sync::oneshot;

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
    /// Maximum number of waiting requests per lane, at least one.
    pub queue: usize,
    /// Maximum waiting time of a request.
    pub deadline: Duration,
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
    deadline: Duration,
}

struct Shared {
    queue: Mutex<Queue>,
    wake: Condvar,
}

struct Queue {
    jobs: Lanes<Job>,
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
        "Passwords that were not hashed: the queue was full, or the turn came too late."
    );
}

impl HashPool {
    /// Starts the threads. Each allocates its memory with its first hash.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn start(settings: &HashPoolSettings) -> io::Result<Self> {
        describe_metrics();
        let queue = Mutex::new(Queue { jobs: Lanes::new(settings.queue, settings.threads.max(1)), closed: false });
        let shared = Arc::new(Shared { queue, wake: Condvar::new() });
        let pool = Self { shared, deadline: settings.deadline };
        for number in 0..settings.threads.max(1) {
            let shared = Arc::clone(&pool.shared);
            thread::Builder::new().name(format!("hash-{number}")).spawn(move || work(&shared))?;
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
    /// [`HashingError::Busy`] when there is no room.
    pub fn enter(&self, caller: HashCaller) -> Result<HashSlot, HashingError> {
        let entered = self.shared.lock().jobs.enter(caller);
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
fn work(shared: &Shared) {
    lower_priority();
    let mut hasher = Hasher::default();
    while let Some(job) = shared.next() {
        let started = Instant::now();
        match job {
            Job::Hash { password, until, reply } => {
                if is_live(until, &reply) {
                    let _ = reply.send(hasher.hash(password.expose().as_bytes()).map_err(HashingError::Failed));
                }
            }
            Job::Verify { password, stored, until, reply } => {
                if is_live(until, &reply) {
                    let verified = hasher.verify(&password, stored.as_ref());
                    let _ = reply.send(verified.map_err(HashingError::Failed));
                }
            }
        }
        histogram!("hashing.duration").record(started.elapsed().as_secs_f64());
    }
}

/// Dropping the reply of a late job returns `Busy` to its caller.
fn is_live<T>(until: Instant, reply: &oneshot::Sender<T>) -> bool {
    let live = Instant::now() < until && !reply.is_closed();
    if !live {
        record_rejection("late");
    }
    live
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
        HashPool::start(&HashPoolSettings { threads, queue, deadline }).unwrap()
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
    async fn a_request_past_its_deadline_is_not_hashed() {
        let pool = pool(1, 8, Duration::ZERO);
        assert!(matches!(pool.hash(ANY, Secret::new("three cats")).await, Err(HashingError::Busy)));
    }

    /// Nice value of the thread of this process with that name (proc_pid_stat(5), field 19).
    #[cfg(target_os = "linux")]
    fn nice_of(name: &str) -> Option<i32> {
        let tasks = std::fs::read_dir("/proc/self/task").unwrap().flatten();
        let mut stats = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("stat")).ok());
        let stat = stats.find(|stat| stat.contains(&format!("({name}) ")))?;
        let (_, fields) = stat.split_once(") ")?; // from the third
        fields.split(' ').nth(16)?.parse().ok()
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn hash_threads_are_nicer_than_the_thread_that_starts_them() {
        const THREADS: usize = 24; // a name that the pools of other tests do not give
        let own = rustix::process::getpriority_process(None).unwrap();
        let expected = (own + super::super::priority::NICE_INCREMENT).min(19);
        let _pool = pool(THREADS, 1, Duration::from_secs(60));
        let is_nicer = async || nice_of(&format!("hash-{}", THREADS - 1)) == Some(expected);
        service_kit::testing::eventually("a hash thread has its nice value", Duration::from_secs(60), is_nicer).await;
    }
}

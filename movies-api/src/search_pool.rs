//! Search threads, and their bounded queue.
//!
//! A search for words that no film has can cost a hundred times as much as any other read. On the request threads it
//! would delay token checks and film routes; here it delays searches only, and a search that has expired or is no
//! longer wanted is not started.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{io, thread};

use metrics::{counter, describe_counter, describe_gauge, gauge};
use tokio::sync::oneshot;

/// Size and deadline of the pool.
#[derive(Debug, Clone, Copy)]
pub struct SearchPoolSettings {
    /// Threads, at least one.
    pub threads: usize,
    /// Maximum number of waiting searches. Waiting callers cost less than callers that are rejected at once and retry
    /// at once.
    pub queue: usize,
    /// Maximum time of one search, from arrival to response.
    pub deadline: Duration,
}

impl Default for SearchPoolSettings {
    /// Half of the cores: the other half serves the routes that do not search.
    fn default() -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        Self { threads: (cores / 2).max(1), queue: 256, deadline: Duration::from_secs(1) }
    }
}

/// Errors of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SearchPoolError {
    /// The queue was full, or the deadline passed.
    #[error("too many searches are under way")]
    Busy,
    /// A bug: the search panicked.
    #[error("the search panicked")]
    Panicked,
}

fn describe_metrics() {
    service_kit::telemetry::metrics::install(); // descriptions before a recorder is installed are lost
    describe_gauge!("search.queue.length", "Searches that wait for a thread.");
    describe_counter!("search.rejected", "Searches without a result: the queue was full, or the deadline passed.");
}

/// The pool. Threads end when the last handle is dropped.
pub struct SearchPool {
    shared: Arc<Shared>,
    deadline: Duration,
}

struct Shared {
    queue: Mutex<Queue>,
    wake: Condvar,
    capacity: usize,
}

#[derive(Default)]
struct Queue {
    /// In order of arrival, each with its deadline.
    jobs: VecDeque<(Instant, Job)>,
    closed: bool,
}

type Job = Box<dyn FnOnce() + Send>;

impl SearchPool {
    /// Starts the threads.
    ///
    /// # Errors
    /// When a thread cannot be started.
    pub fn start(settings: &SearchPoolSettings) -> io::Result<Self> {
        describe_metrics();
        let (queue, wake, capacity) = (Mutex::default(), Condvar::new(), settings.queue.max(1));
        let pool = Self { shared: Arc::new(Shared { queue, wake, capacity }), deadline: settings.deadline };
        for number in 0..settings.threads.max(1) {
            let shared = Arc::clone(&pool.shared);
            thread::Builder::new().name(format!("search-{number}")).spawn(move || work(&shared))?;
        }
        Ok(pool)
    }

    /// Runs a search. Its argument returns `true` while the result is wanted: not after the deadline, and not once the
    /// returned future was dropped.
    ///
    /// # Errors
    /// [`SearchPoolError`]; [`SearchPoolError::Busy`] at once when the queue is full.
    pub async fn run<T: Send + 'static>(
        &self,
        search: impl FnOnce(&dyn Fn() -> bool) -> T + Send + 'static,
    ) -> Result<T, SearchPoolError> {
        let (reply, answer) = oneshot::channel();
        let (until, span) = (Instant::now() + self.deadline, tracing::Span::current());
        self.submit(
            until,
            Box::new(move || {
                let is_wanted = || !reply.is_closed() && Instant::now() < until;
                if is_wanted() {
                    let found = span.in_scope(|| search(&is_wanted));
                    let _ = reply.send(found); // the receiver may have been dropped
                }
            }),
        )?;
        match tokio::time::timeout_at(until.into(), answer).await {
            Ok(Ok(found)) => Ok(found),
            Ok(Err(_)) if Instant::now() < until => Err(SearchPoolError::Panicked),
            _ => Err(rejected("deadline")),
        }
    }

    fn submit(&self, until: Instant, job: Job) -> Result<(), SearchPoolError> {
        let mut queue = self.shared.lock();
        // No caller waits for expired jobs; as the newest job is taken first, they would stay in the queue.
        let now = Instant::now();
        while queue.jobs.pop_front_if(|(until, _)| *until <= now).is_some() {}
        if queue.jobs.len() >= self.shared.capacity {
            return Err(rejected("full"));
        }
        queue.jobs.push_back((until, job));
        record_length(&queue);
        drop(queue);
        self.shared.wake.notify_one();
        Ok(())
    }
}

fn rejected(reason: &'static str) -> SearchPoolError {
    counter!("search.rejected", "reason" => reason).increment(1);
    SearchPoolError::Busy
}

fn record_length(queue: &Queue) {
    gauge!("search.queue.length").set(queue.jobs.len() as f64);
}

impl Drop for SearchPool {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.wake.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner) // a queue has no half-done state
    }

    /// The next job, the newest first; `None` when the pool was dropped. Under overload, jobs at the front of a FIFO
    /// queue would all be finished just before their deadline, or just after it.
    fn next(&self) -> Option<Job> {
        let mut queue = self.lock();
        loop {
            if queue.closed {
                return None;
            }
            if let Some((_, job)) = queue.jobs.pop_back() {
                record_length(&queue);
                return Some(job);
            }
            queue = self.wake.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Main loop of a thread. A search that panics fails alone.
fn work(shared: &Shared) {
    while let Some(job) = shared.next() {
        if catch_unwind(AssertUnwindSafe(job)).is_err() {
            tracing::error!("a search panicked");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);
    /// Long enough for a busy machine to start everything that must start before it.
    const DEADLINE: Duration = Duration::from_secs(1);

    fn pool(queue: usize, deadline: Duration) -> SearchPool {
        SearchPool::start(&SearchPoolSettings { threads: 1, queue, deadline }).expect("a thread")
    }

    /// Occupies the only thread until the sender is dropped.
    async fn occupy(pool: &Arc<SearchPool>) -> mpsc::Sender<()> {
        let (release, blocked) = mpsc::channel::<()>();
        let (started, has_started) = oneshot::channel();
        let pool = Arc::clone(pool);
        tokio::spawn(async move {
            let search = move |_: &dyn Fn() -> bool| {
                let _ = started.send(());
                let _ = blocked.recv();
            };
            pool.run(search).await
        });
        has_started.await.expect("it starts");
        release
    }

    #[tokio::test]
    async fn a_full_queue_rejects_at_once() {
        let pool = Arc::new(pool(2, LONG));
        let release = occupy(&pool).await;
        let waiting: Vec<_> = (0..2)
            .map(|number| {
                let pool = Arc::clone(&pool);
                tokio::spawn(async move { pool.run(move |_| number).await })
            })
            .collect();
        let queued = async || pool.shared.lock().jobs.len() == 2;
        service_kit::testing::eventually("both wait", LONG, queued).await;
        assert_eq!(pool.run(|_| ()).await, Err(SearchPoolError::Busy));
        drop(release);
        for (number, waiting) in waiting.into_iter().enumerate() {
            assert_eq!(waiting.await.expect("no panic"), Ok(number));
        }
    }

    #[tokio::test]
    async fn an_abandoned_search_is_not_started() {
        let pool = Arc::new(pool(8, LONG));
        let release = occupy(&pool).await;
        let (started, starts) = mpsc::channel();
        let abandoned = pool.run(move |_| started.send(()));
        drop(tokio::time::timeout(Duration::ZERO, abandoned).await);
        drop(release);
        assert_eq!(pool.run(|_| 1).await, Ok(1));
        let left = async || pool.shared.lock().jobs.is_empty();
        service_kit::testing::eventually("nothing waits", LONG, left).await;
        assert!(starts.recv().is_err(), "its function was dropped uncalled");
    }

    #[tokio::test]
    async fn a_search_past_its_deadline_is_no_longer_wanted() {
        let pool = pool(8, DEADLINE);
        let (stopped, stops) = oneshot::channel();
        let endless = pool.run(move |is_wanted| {
            while is_wanted() {
                thread::yield_now();
            }
            let _ = stopped.send(());
        });
        assert_ne!(endless.await, Err(SearchPoolError::Panicked), "what it found until then, or nothing");
        stops.await.expect("it stops");
    }

    #[tokio::test]
    async fn expired_searches_take_no_place_in_the_queue() {
        let pool = Arc::new(pool(1, DEADLINE));
        let _release = occupy(&pool).await;
        for _ in 0..2 {
            let started = Instant::now();
            assert_eq!(pool.run(|_| ()).await, Err(SearchPoolError::Busy));
            assert!(started.elapsed() >= DEADLINE, "it waited instead of being rejected");
        }
    }

    #[tokio::test]
    async fn a_search_that_panics_fails_alone() {
        let pool = pool(8, LONG);
        let panics = |_: &dyn Fn() -> bool| -> u8 { panic!("a bug") };
        assert_eq!(pool.run(panics).await, Err(SearchPoolError::Panicked));
        assert_eq!(pool.run(|_| 1).await, Ok(1));
    }
}

//! Scheduling priority of hashing threads.

/// Nice increment of hashing threads. At nice 10 a thread weighs a ninth of one at nice 0 (sched(7)): it still makes
/// progress on a machine that is full of other work.
#[cfg(target_os = "linux")]
const NICE_INCREMENT: i32 = 10;

/// Lowers the priority of the calling thread. A storm of sign-ins keeps all hashing threads busy, and these may be as
/// many as there are cores; a thread that serves requests then preempts one of them when it wakes, instead of waiting for
/// the end of its time slice. So checks of tokens stay fast, and sign-ins lose only the time that those take.
///
/// On Linux a nice value belongs to a thread (setpriority(2), "C library/kernel differences"). On others it belongs to
/// the process, whose other threads must not become slower: there nothing is changed.
#[cfg(target_os = "linux")]
pub(super) fn lower_priority() {
    // Relative, and never upwards: what the process was started with stays, and no privilege is needed.
    if let Err(error) = rustix::process::nice(NICE_INCREMENT) {
        tracing::warn!(%error, "a hashing thread keeps its priority");
    }
}

/// Changes nothing: see the variant for Linux.
#[cfg(not(target_os = "linux"))]
pub(super) fn lower_priority() {}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::time::Duration;

    use super::super::argon::HashCost;
    use super::super::pool::{HashPool, HashPoolSettings};
    use super::*;

    /// Nice value of the thread of this process with that name (proc_pid_stat(5), field 19).
    fn nice_of(name: &str) -> Option<i32> {
        let tasks = std::fs::read_dir("/proc/self/task").unwrap().flatten();
        let mut stats = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("stat")).ok());
        let stat = stats.find(|stat| stat.contains(&format!("({name}) ")))?;
        let (_, fields) = stat.split_once(") ")?; // from the third
        fields.split(' ').nth(16)?.parse().ok()
    }

    #[tokio::test]
    async fn hash_threads_are_nicer_than_the_thread_that_starts_them() {
        const THREADS: usize = 24; // a name that the pools of other tests do not give
        const MINUTE: Duration = Duration::from_secs(60);
        let own = rustix::process::getpriority_process(None).unwrap();
        let expected = (own + NICE_INCREMENT).min(19);
        let cost = HashCost::default();
        let settings = HashPoolSettings { threads: THREADS, queue: 1, deadline: MINUTE, cost };
        let _pool = HashPool::start(&settings).unwrap();
        let is_nicer = async || nice_of(&format!("hash-{}", THREADS - 1)) == Some(expected);
        service_kit::testing::eventually("a hash thread has its nice value", MINUTE, is_nicer).await;
    }
}

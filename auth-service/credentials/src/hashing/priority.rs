//! Scheduling priority of hashing threads.

/// Nice increment of hashing threads. At nice 10 a thread weighs a ninth of one at nice 0 (sched(7)): it still makes
/// progress on a machine that is full of other work.
#[cfg(target_os = "linux")]
pub(super) const NICE_INCREMENT: i32 = 10;

/// Lowers the priority of the calling thread. A storm of sign-ins keeps all hashing threads busy, and these may be as
/// many as there are cores; a thread that serves requests then preempts one of them when it wakes, instead of waiting for
/// the end of its time slice. So checks of tokens stay fast, and sign-ins lose only the time that those take.
///
/// On Linux a nice value belongs to a thread (setpriority(2), "C library/kernel differences"). Elsewhere it belongs to
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

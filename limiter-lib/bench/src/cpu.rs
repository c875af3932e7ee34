//! Processor time, in nanoseconds, of a thread or a process: unlike wall time, not distorted by a shared machine.

use std::{path::Path, time::Duration};

use anyhow::Context;

/// Processor time of the calling thread.
pub fn of_this_thread() -> anyhow::Result<Duration> {
    read(Path::new("/proc/thread-self/schedstat"))
}

/// Processor time of all threads of a process.
pub fn of_process(id: u32) -> anyhow::Result<Duration> {
    let threads = std::fs::read_dir(format!("/proc/{id}/task")).with_context(|| format!("process {id}"))?;
    threads.map(|thread| read(&thread?.path().join("schedstat"))).sum()
}

/// Resident memory of a process, in bytes.
pub fn resident(id: u32) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
    let kib =
        status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse::<u64>().ok());
    Ok(kib.context("no VmRSS")? * 1024)
}

/// The first number of `schedstat` is processor time.
fn read(path: &Path) -> anyhow::Result<Duration> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    Ok(Duration::from_nanos(text.split_whitespace().next().context("an empty schedstat")?.parse()?))
}

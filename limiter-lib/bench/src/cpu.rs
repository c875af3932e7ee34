//! Processor time, to the nanosecond, of a thread or of a process: what a shared machine cannot falsify as it does time.

use std::{path::Path, time::Duration};

use anyhow::Context;

/// What the calling thread has used.
pub fn of_this_thread() -> anyhow::Result<Duration> {
    read(Path::new("/proc/thread-self/schedstat"))
}

/// What all threads of a process have used.
pub fn of_process(id: u32) -> anyhow::Result<Duration> {
    let threads = std::fs::read_dir(format!("/proc/{id}/task")).with_context(|| format!("process {id}"))?;
    threads.map(|thread| read(&thread?.path().join("schedstat"))).sum()
}

/// What a process has resident, in bytes.
pub fn resident(id: u32) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
    let kib =
        status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse::<u64>().ok());
    Ok(kib.context("no VmRSS")? * 1024)
}

/// Time on a processor is the first number.
fn read(path: &Path) -> anyhow::Result<Duration> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    Ok(Duration::from_nanos(text.split_whitespace().next().context("an empty schedstat")?.parse()?))
}

//! Several replicas, each a separate process.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::{
    clock::ShiftedClock,
    replica::{self, ReplicaConfig, Report},
    replies::{self, RECORD, Reply},
};

/// Maximum time without a single reply. An outage caused by the test is far shorter.
const STANDSTILL: Duration = Duration::from_secs(60);

pub struct Fleet {
    replicas: Vec<(Child, PathBuf)>,
}

impl Fleet {
    /// Starts a replica for each of `clocks`, an offset in seconds. Together they get replies to `calls`.
    pub fn start(folder: &Path, url: &str, seed: u64, calls: u64, clocks: &[i64]) -> Self {
        let each = calls.div_ceil(clocks.len() as u64);
        let start = |(number, seconds): (u64, &i64)| {
            let replies = folder.join(format!("answers-{seed}-{number}"));
            let clock = ShiftedClock::new(folder, &format!("clock-{seed}-{number}"));
            clock.set(*seconds);
            let connections = 1 + number as usize % 2;
            let text = replies.to_str().unwrap().to_owned();
            let (url, offset) = (url.to_owned(), *seconds);
            let config = ReplicaConfig { url, seed, number, connections, offset, calls: each, replies: text };
            let mut command = Command::new(std::env::current_exe().unwrap());
            command.args(["replica::replica", "--exact", "--ignored", "--quiet"]).envs(clock.variables());
            let child = command.env(config.variable().0, config.variable().1).stdout(Stdio::null()).spawn().unwrap();
            (child, replies)
        };
        Self { replicas: (0..).zip(clocks).map(start).collect() }
    }

    /// Number of replies recorded so far.
    fn reply_count(&self) -> u64 {
        let length = |(_, file): &(Child, PathBuf)| std::fs::metadata(file).map_or(0, |file| file.len());
        self.replicas.iter().map(length).sum::<u64>() / RECORD as u64
    }

    fn running(&mut self) -> usize {
        let running = |(child, _): &mut (Child, PathBuf)| match child.try_wait().unwrap() {
            None => 1,
            Some(status) if status.success() => 0,
            Some(status) => panic!("a replica ended with {status}"),
        };
        self.replicas.iter_mut().map(running).sum()
    }

    /// Waits until the fleet has so many replies, or all replicas have ended.
    #[expect(clippy::disallowed_methods, reason = "this thread waits for processes, between two looks")]
    pub fn wait_for(&mut self, replies: u64) {
        let mut last = (Instant::now(), 0);
        while self.running() > 0 {
            let reply_count = self.reply_count();
            if reply_count >= replies {
                return;
            }
            if reply_count > last.1 {
                last = (Instant::now(), reply_count);
            }
            assert!(last.0.elapsed() < STANDSTILL, "the fleet stands still at {reply_count} replies");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Waits until all spending replicas are ready; they wait for the start file.
    #[expect(clippy::disallowed_methods, reason = "this thread waits for processes, between two looks")]
    pub fn wait_until_ready(&self) {
        let started = Instant::now();
        while !self.replicas.iter().all(|(_, replies)| replica::ready_file(replies).exists()) {
            assert!(started.elapsed() < STANDSTILL, "the fleet does not get ready");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Lets all replicas spend; returns the number of units each of them got.
    pub fn finish_spending(mut self) -> Vec<usize> {
        std::fs::File::create(replica::start_file(&self.replicas[0].1)).unwrap();
        self.wait_for(u64::MAX);
        let admitted = |file: &Path| replies::read(file).iter().filter(|reply| reply.number >= 0).count();
        self.replicas.iter().map(|(_, file)| admitted(file)).collect()
    }

    /// Waits for all replicas to end; returns their reports, and each reply of the server.
    pub fn finish(mut self) -> (Report, Vec<Reply>) {
        self.wait_for(u64::MAX);
        let mut report = Report::default();
        let mut all = Vec::new();
        for (_, file) in &self.replicas {
            report.add(file);
            all.extend(replies::read(file));
        }
        (report, all)
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        for (child, _) in &mut self.replicas {
            // Fails if the process has already ended, which is fine.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

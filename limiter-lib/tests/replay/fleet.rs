//! Several replicas, each a process of its own.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::{
    answers::{self, Answer, RECORD},
    clock::ShiftedClock,
    replica::{self, Orders, Report},
};

/// How long a fleet may be without a single answer. An outage of the test's own is far shorter.
const STANDSTILL: Duration = Duration::from_secs(60);

pub struct Fleet {
    replicas: Vec<(Child, PathBuf)>,
}

impl Fleet {
    /// Starts a replica for each of `clocks`, set off by so many seconds. All together have `calls` answered.
    pub fn start(folder: &Path, url: &str, seed: u64, calls: u64, clocks: &[i64]) -> Self {
        let each = calls.div_ceil(clocks.len() as u64);
        let start = |(number, seconds): (u64, &i64)| {
            let answers = folder.join(format!("answers-{seed}-{number}"));
            let clock = ShiftedClock::new(folder, &format!("clock-{seed}-{number}"));
            clock.set(*seconds);
            let lanes = 1 + number as usize % 2;
            let text = answers.to_str().unwrap().to_owned();
            let (url, off) = (url.to_owned(), *seconds);
            let orders = Orders { url, seed, number, lanes, off, calls: each, answers: text };
            let mut command = Command::new(std::env::current_exe().unwrap());
            command.args(["replica::replica", "--exact", "--ignored", "--quiet"]).envs(clock.variables());
            let child = command.env(orders.variable().0, orders.variable().1).stdout(Stdio::null()).spawn().unwrap();
            (child, answers)
        };
        Self { replicas: (0..).zip(clocks).map(start).collect() }
    }

    /// Answers written down so far.
    fn answered(&self) -> u64 {
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

    /// Waits until the fleet has so many answers, or all that it will have.
    pub fn wait_for(&mut self, answers: u64) {
        let mut last = (Instant::now(), 0);
        while self.running() > 0 {
            let answered = self.answered();
            if answered >= answers {
                return;
            }
            if answered > last.1 {
                last = (Instant::now(), answered);
            }
            assert!(last.0.elapsed() < STANDSTILL, "the fleet stands still at {answered} answers");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Waits until all that spend are ready; they wait for a word.
    pub fn wait_until_ready(&self) {
        let begun = Instant::now();
        while !self.replicas.iter().all(|(_, answers)| replica::ready(answers).exists()) {
            assert!(begun.elapsed() < STANDSTILL, "the fleet does not get ready");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Lets all that are ready spend, and gives how many units each of them got.
    pub fn finish_spending(mut self) -> Vec<usize> {
        std::fs::File::create(replica::go(&self.replicas[0].1)).unwrap();
        self.wait_for(u64::MAX);
        let admitted = |file: &Path| answers::read(file).iter().filter(|answer| answer.said >= 0).count();
        self.replicas.iter().map(|(_, file)| admitted(file)).collect()
    }

    /// Waits for the end of all and gives what they say, and each answer of the server.
    pub fn finish(mut self) -> (Report, Vec<Answer>) {
        self.wait_for(u64::MAX);
        let mut report = Report::default();
        let mut all = Vec::new();
        for (_, file) in &self.replicas {
            report.add(file);
            all.extend(answers::read(file));
        }
        (report, all)
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        for (child, _) in &mut self.replicas {
            // One that has ended cannot be killed, which is as good.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

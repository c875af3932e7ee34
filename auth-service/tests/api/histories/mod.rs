//! Random histories of sessions and addresses: no honest device is signed out, no claim outranks a proof, no mail is lost
//! or sent twice with different codes, whenever the service crashes.

mod in_process;
#[path = "../../../mail-texts/mod.rs"]
mod mail_texts;
mod walk;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};

use in_process::InProcess;
use walk::{Figures, Installation, Plan, Time};

/// Histories that are played side by side on one installation, and the crashes meanwhile.
const BATCH: Plan = Plan { histories: 16, crashes: 1 };
/// Histories of a normal run, two or three minutes of processor time; `make soak` plays 100,000.
const HISTORIES: u64 = 10_000;
/// Stack of a thread: without optimization a future keeps place for each one that it awaits.
const STACK: usize = 8 << 20;
/// Time on the clock of an installation after which another one is made: no signing key expires, and the months of the
/// history of sign-ins exist.
const MAX_AGE: Time = 50 * 24 * 60 * 60 * 1000;

/// Batches that the threads share.
#[derive(Default)]
struct Shared {
    next: AtomicU64,
    has_failed: AtomicBool,
}

#[test]
fn in_no_history_is_a_device_signed_out_a_proof_outranked_or_a_mail_lost() {
    let histories = variable("HISTORIES").unwrap_or(HISTORIES);
    let seed = variable("HISTORIES_SEED").unwrap_or_else(rand::random);
    let threads = thread::available_parallelism().map_or(1, usize::from) * 2;
    eprintln!("{histories} histories; HISTORIES_SEED={seed}");
    let shared = Arc::<Shared>::default();
    let players: Vec<_> = (0..threads).map(|_| player(Arc::clone(&shared), histories, seed)).collect();
    let mut all = Figures::default();
    for player in players {
        match player.join() {
            Ok(figures) => all.add(figures),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
    eprintln!("{all:?}");
    assert!(all.histories >= histories, "{all:?}");
    let each = |figure: u64, of: u64| assert!(figure * of >= all.histories, "too few to test anything: {all:?}");
    [(all.crashes, 20), (all.mails, 1), (all.lost_answers, 10), (all.proved, 50), (all.live, 2)]
        .into_iter()
        .for_each(|(figure, of)| each(figure, of));
}

/// A thread that plays batches until there are no more.
fn player(shared: Arc<Shared>, histories: u64, seed: u64) -> JoinHandle<Figures> {
    let play = move || {
        let _flag = FailureFlag(&shared.has_failed);
        let (mut all, mut site) = (Figures::default(), None);
        while !shared.has_failed.load(Ordering::Relaxed) {
            let batch = shared.next.fetch_add(1, Ordering::Relaxed);
            let first = batch * BATCH.histories;
            if first >= histories {
                break;
            }
            let (mut current, begun) = site.take().unwrap_or_else(new_site);
            // One batch alone is played again with its own seed.
            let seed = seed.wrapping_add(batch);
            let _note = ReproductionNote(seed);
            all.add(walk::play(&mut current, seed, first, BATCH));
            site = Some((current, begun)).filter(|(current, begun)| current.now() - begun < MAX_AGE);
        }
        all
    };
    thread::Builder::new().stack_size(STACK).spawn(play).unwrap()
}

fn new_site() -> (InProcess, Time) {
    let site = InProcess::new();
    let begun = site.now();
    (site, begun)
}

/// Reports a panic to the other threads.
struct FailureFlag<'a>(&'a AtomicBool);

impl Drop for FailureFlag<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.store(true, Ordering::Relaxed);
        }
    }
}

/// Says after a panic how its batch is played again.
struct ReproductionNote(u64);

impl Drop for ReproductionNote {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("again: HISTORIES={} HISTORIES_SEED={}", BATCH.histories, self.0);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "set by whoever runs the tests, no setting of a program")]
fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

//! Fair queueing for hashing threads in three lanes, so that a flood of wrong passwords fills only its own.

use std::collections::VecDeque;

/// Lanes of the queue, from the one that is served most often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HashLane {
    /// Devices that the account has used before, and operators.
    KnownDevice,
    /// Addresses without recent wrong passwords.
    CleanAddress,
    /// Everything else.
    Other,
}

/// Lane and client of a password to hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashCaller {
    /// The lane that the caller may use.
    pub lane: HashLane,
    /// Id of the address or the device; `None` is not counted.
    pub client: Option<u128>,
}

/// Maximum number of concurrent attempts of one client in one of the better lanes. The excess goes to the last lane:
/// new addresses are clean until their first results, and a flood from them must not fill the lane meanwhile.
const MAX_PER_CLIENT: usize = 2;

/// Weighted round-robin: 3 of 6 turns for known devices, 2 for clean addresses. The turn of an empty lane goes to the
/// next one.
const TURNS: [usize; 6] = [0, 1, 0, 1, 0, 2];
const LANES: usize = 3;
const OTHER: usize = HashLane::Other as usize;

/// Three bounded queues, and the attempts in progress.
pub(super) struct Lanes<T> {
    queues: [VecDeque<T>; LANES],
    /// Clients of the attempts in progress, from before their SQL to their end.
    in_progress: [Vec<Option<u128>>; LANES],
    /// Capacity of each queue.
    capacity: usize,
    /// Maximum number of attempts in progress per lane.
    max_in_progress: usize,
    turn: usize,
}

impl<T> Lanes<T> {
    /// Creates the lanes; `busy` jobs may run in addition to the `capacity` of each lane.
    pub fn new(capacity: usize, busy: usize) -> Self {
        let capacity = capacity.max(1);
        let (queues, in_progress) = Default::default();
        Self { queues, in_progress, capacity, max_in_progress: capacity + busy, turn: 0 }
    }

    /// Number of waiting jobs.
    pub fn len(&self) -> usize {
        self.queues.iter().map(VecDeque::len).sum()
    }

    /// Admits an attempt and returns its lane; `None` when there is no room.
    pub fn enter(&mut self, caller: HashCaller) -> Option<HashLane> {
        let own = caller.lane as usize;
        let same = || self.in_progress[own].iter().filter(|client| **client == caller.client).count();
        let over_limit = own != OTHER && caller.client.is_some() && same() >= MAX_PER_CLIENT;
        let full = self.in_progress[own].len() >= self.max_in_progress;
        let lane = if over_limit || full { HashLane::Other } else { caller.lane };
        let entered = &mut self.in_progress[lane as usize];
        if entered.len() >= self.max_in_progress {
            return None;
        }
        entered.push(caller.client);
        Some(lane)
    }

    /// Ends an attempt that was admitted to this lane.
    pub fn leave(&mut self, lane: HashLane, client: Option<u128>) {
        let entered = &mut self.in_progress[lane as usize];
        if let Some(index) = entered.iter().position(|known| *known == client) {
            entered.swap_remove(index);
        }
    }

    /// Queues a job; returns it when there is no room.
    pub fn push(&mut self, lane: HashLane, job: T) -> Result<(), T> {
        let queue = &mut self.queues[lane as usize];
        if queue.len() >= self.capacity {
            return Err(job);
        }
        queue.push_back(job);
        Ok(())
    }

    /// The next job.
    pub fn pop(&mut self) -> Option<T> {
        let first = TURNS[self.turn];
        self.turn = (self.turn + 1) % TURNS.len();
        std::iter::once(first).chain(0..LANES).find_map(|lane| self.queues[lane].pop_front())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(lane: HashLane, client: u128) -> HashCaller {
        HashCaller { lane, client: Some(client) }
    }

    #[test]
    fn a_full_lane_leaves_the_others_open() {
        let mut lanes = Lanes::new(4, 0);
        let entered = (0..9).filter(|number| lanes.enter(caller(HashLane::Other, *number)).is_some()).count();
        assert_eq!(entered, 4);
        for (lane, job) in
            [(HashLane::Other, "flood"), (HashLane::CleanAddress, "clean"), (HashLane::KnownDevice, "known")]
        {
            assert!(lane == HashLane::Other || lanes.enter(caller(lane, 1)) == Some(lane));
            lanes.push(lane, job).unwrap();
        }
        assert_eq!((lanes.pop(), lanes.pop(), lanes.pop()), (Some("known"), Some("clean"), Some("flood")));
    }

    #[test]
    fn one_client_has_two_slots_in_a_better_lane_until_it_leaves() {
        let mut lanes = Lanes::<()>::new(4, 0);
        let entered: Vec<_> = (0..9).filter_map(|_| lanes.enter(caller(HashLane::CleanAddress, 1))).collect();
        let clean = entered.iter().filter(|lane| **lane == HashLane::CleanAddress).count();
        assert_eq!((clean, entered.len()), (2, 6), "two places of its own, four with everything else");
        assert_eq!(lanes.enter(caller(HashLane::CleanAddress, 2)), Some(HashLane::CleanAddress));
        lanes.leave(HashLane::CleanAddress, Some(1));
        assert_eq!(lanes.enter(caller(HashLane::CleanAddress, 1)), Some(HashLane::CleanAddress));
    }

    #[test]
    fn no_lane_starves() {
        let mut lanes = Lanes::new(100, 0);
        for _ in 0..60 {
            lanes.push(HashLane::KnownDevice, 0).unwrap();
            lanes.push(HashLane::CleanAddress, 1).unwrap();
            lanes.push(HashLane::Other, 2).unwrap();
        }
        let served: Vec<_> = (0..60).filter_map(|_| lanes.pop()).collect();
        assert_eq!([0, 1, 2].map(|lane| served.iter().filter(|one| **one == lane).count()), [30, 20, 10]);
    }
}

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
    /// Maximum number of attempts in progress per lane, and of jobs in its queue: those that run may be of another lane.
    max_in_progress: usize,
    turn: usize,
    /// Number of jobs that were taken.
    taken: u64,
    /// Value of `taken` when a lane had no room last.
    refused_at: [Option<u64>; LANES],
}

impl<T> Lanes<T> {
    /// Creates the lanes; `busy` jobs may run in addition to the `capacity` of each lane.
    pub fn new(capacity: usize, busy: usize) -> Self {
        let (queues, in_progress, refused_at) = Default::default();
        let max_in_progress = capacity.max(1) + busy;
        Self { queues, in_progress, max_in_progress, turn: 0, taken: 0, refused_at }
    }

    /// Number of waiting jobs.
    pub fn len(&self) -> usize {
        self.queues.iter().map(VecDeque::len).sum()
    }

    /// Admits an attempt that waits for at most `max_ahead` others, and returns its lane; `None` when there is no room.
    pub fn enter(&mut self, caller: HashCaller, max_ahead: usize) -> Option<HashLane> {
        let own = caller.lane as usize;
        let same = || self.in_progress[own].iter().filter(|client| **client == caller.client).count();
        let over_limit = own != OTHER && caller.client.is_some() && same() >= MAX_PER_CLIENT;
        let lane = if over_limit || !self.takes(own, max_ahead) { HashLane::Other } else { caller.lane };
        if !self.takes(lane as usize, max_ahead) {
            return None;
        }
        self.in_progress[lane as usize].push(caller.client);
        Some(lane)
    }

    /// `true` when the lane has room; remembers when it has none.
    fn takes(&mut self, lane: usize, max_ahead: usize) -> bool {
        let has_room = self.has_room(lane, max_ahead);
        if !has_room {
            self.refused_at[lane] = Some(self.taken);
        }
        has_room
    }

    /// An empty lane always has room, so that the other lanes, however slow their hashes, do not close it.
    fn has_room(&self, lane: usize, max_ahead: usize) -> bool {
        let entered = self.in_progress[lane].len();
        entered == 0 || entered < self.max_in_progress && self.waits_for_at_most(max_ahead, lane)
    }

    /// `true` if at most `max_ahead` of the attempts in progress are served before a new one in this lane. Another lane
    /// that had no room within as many turns counts as endless: whenever one of its attempts ends, another enters.
    fn waits_for_at_most(&self, max_ahead: usize, lane: usize) -> bool {
        let is_flooded = |lane: usize| self.refused_at[lane].is_some_and(|at| self.taken - at <= max_ahead as u64);
        let waiting = |lane: usize| if is_flooded(lane) { usize::MAX } else { self.in_progress[lane].len() };
        let mut waiting = std::array::from_fn::<_, LANES, _>(waiting);
        waiting[lane] = self.in_progress[lane].len() + 1;
        let mut turn = self.turn;
        for _ in 0..=max_ahead {
            let served = lane_at(turn, |lane| waiting[lane] > 0).unwrap_or(lane);
            waiting[served] -= 1;
            if waiting[lane] == 0 {
                return true;
            }
            turn = (turn + 1) % TURNS.len();
        }
        false
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
        if queue.len() >= self.max_in_progress {
            return Err(job);
        }
        queue.push_back(job);
        Ok(())
    }

    /// The next job.
    pub fn pop(&mut self) -> Option<T> {
        let lane = lane_at(self.turn, |lane| !self.queues[lane].is_empty())?;
        self.turn = (self.turn + 1) % TURNS.len();
        self.taken += 1;
        self.queues[lane].pop_front()
    }
}

/// The lane that is served at this turn, of those that are not empty.
fn lane_at(turn: usize, is_waiting: impl Fn(usize) -> bool) -> Option<usize> {
    std::iter::once(TURNS[turn]).chain(0..LANES).find(|lane| is_waiting(*lane))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Any number of others may be served first.
    const ANY: usize = usize::MAX;

    fn caller(lane: HashLane, client: u128) -> HashCaller {
        HashCaller { lane, client: Some(client) }
    }

    #[test]
    fn a_full_lane_leaves_the_others_open() {
        let mut lanes = Lanes::new(4, 0);
        let entered = (0..9).filter(|number| lanes.enter(caller(HashLane::Other, *number), ANY).is_some()).count();
        assert_eq!(entered, 4);
        for (lane, job) in
            [(HashLane::Other, "flood"), (HashLane::CleanAddress, "clean"), (HashLane::KnownDevice, "known")]
        {
            assert!(lane == HashLane::Other || lanes.enter(caller(lane, 1), ANY) == Some(lane));
            lanes.push(lane, job).unwrap();
        }
        assert_eq!((lanes.pop(), lanes.pop(), lanes.pop()), (Some("known"), Some("clean"), Some("flood")));
    }

    #[test]
    fn one_client_has_two_slots_in_a_better_lane_until_it_leaves() {
        let mut lanes = Lanes::<()>::new(4, 0);
        let entered: Vec<_> = (0..9).filter_map(|_| lanes.enter(caller(HashLane::CleanAddress, 1), ANY)).collect();
        let clean = entered.iter().filter(|lane| **lane == HashLane::CleanAddress).count();
        assert_eq!((clean, entered.len()), (2, 6), "two places of its own, four with everything else");
        assert_eq!(lanes.enter(caller(HashLane::CleanAddress, 2), ANY), Some(HashLane::CleanAddress));
        lanes.leave(HashLane::CleanAddress, Some(1));
        assert_eq!(lanes.enter(caller(HashLane::CleanAddress, 1), ANY), Some(HashLane::CleanAddress));
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

    /// An attempt from its entry to its end.
    fn serve(lanes: &mut Lanes<()>, lane: HashLane) {
        lanes.queues[lane as usize].push_back(());
        lanes.pop();
    }

    /// Number of attempts, each of another client, that the lane itself takes.
    fn fill(lanes: &mut Lanes<()>, lane: HashLane, max_ahead: usize) -> usize {
        (0..100).take_while(|client| lanes.enter(caller(lane, *client), max_ahead) == Some(lane)).count()
    }

    #[test]
    fn a_lane_takes_as_many_as_its_turns_serve_in_time() {
        let mut lanes = Lanes::new(100, 0);
        assert_eq!(fill(&mut lanes, HashLane::CleanAddress, 11), 12, "the next one goes to the last lane");
        assert_eq!(fill(&mut lanes, HashLane::Other, 11), 1, "with that one two of twelve turns");
        assert_eq!(fill(&mut lanes, HashLane::KnownDevice, 11), 6, "six of twelve turns");
    }

    #[test]
    fn an_empty_lane_has_room_however_long_the_others_are() {
        let mut lanes = Lanes::<()>::new(100, 0);
        let all = [HashLane::CleanAddress, HashLane::KnownDevice, HashLane::Other];
        assert_eq!(all.map(|lane| lanes.enter(caller(lane, 1), 0)), all.map(Some));
        assert_eq!(all.map(|lane| lanes.enter(caller(lane, 2), 0)), [None; 3]);
    }

    #[test]
    fn a_lane_that_had_no_room_counts_as_endless_for_as_many_turns() {
        let mut lanes = Lanes::new(10, 0);
        assert_eq!(fill(&mut lanes, HashLane::CleanAddress, 29), 10);
        lanes.leave(HashLane::Other, Some(10)); // the first for which the lane had no room
        lanes.leave(HashLane::CleanAddress, Some(0)); // the next one would enter in its place
        assert_eq!(fill(&mut lanes, HashLane::Other, 29), 5, "one of six turns");
        (0..30).for_each(|_| serve(&mut lanes, HashLane::KnownDevice));
        assert_eq!(fill(&mut lanes, HashLane::Other, 29), 5, "all that are left, once as many turns are over");
    }

    #[test]
    fn under_a_lasting_flood_everyone_is_served_before_the_deadline() {
        let (mut lanes, max_ahead) = (Lanes::new(64, 1), 107);
        let mut running = None;
        for turn in 0..2_000 {
            // With each turn four arrive, of 64 addresses.
            for client in (4 * turn..4 * turn + 4).map(|arrival: u128| arrival % 64) {
                if let Some(lane) = lanes.enter(caller(HashLane::CleanAddress, client), max_ahead) {
                    lanes.push(lane, (client, lane, turn)).unwrap();
                }
            }
            if let Some((client, lane, _)) = running {
                lanes.leave(lane, Some(client));
            }
            let next = lanes.pop().unwrap();
            running = Some(next);
            let (client, lane, entered) = next;
            let waited = turn - entered;
            assert!(
                waited <= 2 * max_ahead as u128,
                "{client} entered at {entered} and waited {waited} turns in {lane:?}"
            );
        }
    }

    #[test]
    fn an_attempt_waits_for_as_many_as_were_counted() {
        for (known, clean, other) in [(0, 0, 0), (3, 0, 2), (1, 9, 0), (7, 7, 7), (0, 20, 3), (30, 2, 1)] {
            for lane in [HashLane::KnownDevice, HashLane::CleanAddress, HashLane::Other] {
                let mut lanes = Lanes::new(100, 0);
                for (waiting, lane) in
                    [(known, HashLane::KnownDevice), (clean, HashLane::CleanAddress), (other, HashLane::Other)]
                {
                    for client in 0..waiting {
                        assert_eq!(lanes.enter(caller(lane, client), ANY), Some(lane));
                        lanes.push(lane, "before").unwrap();
                    }
                }
                let counted = (0..).find(|ahead| lanes.waits_for_at_most(*ahead, lane as usize));
                lanes.push(lane, "new").unwrap();
                let served = std::iter::from_fn(|| lanes.pop()).position(|job| job == "new");
                assert_eq!(counted, served, "{known}, {clean}, {other}, {lane:?}");
            }
        }
    }
}

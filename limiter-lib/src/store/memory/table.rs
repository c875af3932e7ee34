//! Slots of 16 bytes, and how they pass from key to key. The argument for all of it is in the [module](super).

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{
        AtomicU64,
        Ordering::{Acquire, Relaxed, Release, SeqCst},
    },
};

use super::slot_address::{CLAIMED, EMPTY, SlotAddress, may_be_forgotten};

/// Slots in a line of 64 bytes, the unit in which memory comes to a processor.
const SLOTS: usize = 4;
const LINE_BYTES: usize = 64;
const WORDS: usize = LINE_BYTES / size_of::<u64>();
/// Locks for writers that place keys; a power of two.
const STRIPES: usize = 128;

/// The fingerprints of four slots, then their TATs.
type Line = [AtomicU64; WORDS];

/// A fixed number of slots, in lines of four; a key may lie in any of the eight of its home and the line next to it.
pub(super) struct Table {
    /// Zeroes from the allocator, which the system fills in with memory only where they are touched.
    words: Box<[AtomicU64]>,
    /// The first word that begins a line.
    first: usize,
    /// How far to shift a [`SlotAddress::home`] to number a line.
    shift: u32,
    stripes: Box<[Mutex<()>]>,
}

/// A slot that held the key when it was found.
#[derive(Clone, Copy)]
pub(super) struct Slot<'a> {
    fingerprint: &'a AtomicU64,
    tat: &'a AtomicU64,
}

impl Table {
    /// A table of `slots`, a power of two and at least 8.
    pub(super) fn new(slots: usize) -> Self {
        let lines = slots / SLOTS;
        // One line more, so that the first can begin where one begins in memory.
        let words = bytemuck::zeroed_slice_box::<AtomicU64>((lines + 1) * WORDS);
        let misplaced = words.as_ptr().addr() % LINE_BYTES;
        let first = (LINE_BYTES - misplaced) % LINE_BYTES / size_of::<u64>();
        let stripes = (0..STRIPES).map(|_| Mutex::new(())).collect();
        Self { words, first, shift: u64::BITS - lines.ilog2(), stripes }
    }

    #[inline]
    fn home(&self, place: SlotAddress) -> usize {
        (place.home >> self.shift) as usize
    }

    #[inline]
    fn line(&self, index: usize) -> &Line {
        let start = self.first + index * WORDS;
        self.words[start..].first_chunk().expect("the table ends with a whole line")
    }

    /// The slot that holds a key.
    #[inline(always)]
    pub(super) fn find(&self, place: SlotAddress) -> Option<Slot<'_>> {
        let home = self.home(place);
        match slot_of(self.line(home), place.fingerprint) {
            None => slot_of(self.line(home ^ 1), place.fingerprint),
            found => found,
        }
    }

    /// Takes the lock of a key's eight slots.
    pub(super) fn lock(&self, place: SlotAddress) -> Locked<'_> {
        let stripe = self.home(place) / 2 % STRIPES;
        let guard = self.stripes[stripe].lock().unwrap_or_else(PoisonError::into_inner);
        Locked { table: self, place, _guard: guard }
    }
}

/// The slot of a line that holds `fingerprint`. All four are compared: which one it is cannot be foreseen, and a branch
/// for each would be guessed wrong.
#[inline(always)]
fn slot_of(line: &Line, fingerprint: u64) -> Option<Slot<'_>> {
    let mut found = 0_u32;
    for (index, held) in line.iter().take(SLOTS).enumerate() {
        found |= u32::from(held.load(Acquire) == fingerprint) << index;
    }
    if found == 0 {
        return None;
    }
    let index = found.trailing_zeros() as usize % SLOTS;
    Some(Slot { fingerprint: &line[index], tat: &line[SLOTS + index] })
}

impl Slot<'_> {
    /// The TAT.
    #[inline(always)]
    pub(super) fn tat(self) -> u64 {
        self.tat.load(Acquire)
    }

    /// Writes a TAT, not lower, over the one that was read; equal ones need no write. False when another call came first
    /// or the slot is no longer the key's: look again.
    #[inline(always)]
    pub(super) fn raise(self, place: SlotAddress, stored: u64, tat: u64) -> bool {
        debug_assert!(tat >= stored, "only the holder of the lock lowers a TAT");
        self.put(place, stored, tat)
    }

    #[inline(always)]
    fn put(self, place: SlotAddress, stored: u64, tat: u64) -> bool {
        let written = tat == stored || self.tat.compare_exchange(stored, tat, SeqCst, Relaxed).is_ok();
        written && self.fingerprint.load(SeqCst) == place.fingerprint
    }
}

/// How a new key found its slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Placed {
    /// It was empty, or its key was idle.
    Free,
    /// Its key was active, and has been forgotten.
    Forgot,
}

/// The lock of a key's slots. While it is held no slot of the key, nor of any that could lie there, changes hands.
pub(super) struct Locked<'a> {
    table: &'a Table,
    place: SlotAddress,
    _guard: MutexGuard<'a, ()>,
}

impl Locked<'_> {
    /// Changes the TAT of the key; it may be lowered. `None` when the key is not in the table.
    pub(super) fn change<T>(&self, change: impl Fn(u64) -> (u64, T)) -> Option<T> {
        let slot = self.table.find(self.place)?;
        loop {
            let stored = slot.tat();
            let (tat, out) = change(stored);
            if slot.put(self.place, stored, tat) {
                return Some(out);
            }
        }
    }

    /// Puts the key, which is not there, into a slot. An active key makes room only if `forget`, and if it may be
    /// forgotten: the one nearest to idle.
    ///
    /// # Errors
    /// When there is no room: ticks until a key of these slots is idle, at least 1.
    pub(super) fn insert(&self, tat: u64, now: u64, forget: bool) -> Result<Placed, u64> {
        loop {
            let (slot, fingerprint, was) = self.candidate(now, forget)?;
            if self.replace(slot, fingerprint, was, tat) {
                let free = fingerprint == EMPTY || was <= now;
                return Ok(if free { Placed::Free } else { Placed::Forgot });
            }
        }
    }

    /// Gives a slot that held `fingerprint` and `was` to the key. False when it held something else in the end: a call
    /// that found the old key got through before the claim.
    fn replace(&self, slot: Slot<'_>, fingerprint: u64, was: u64, tat: u64) -> bool {
        slot.fingerprint.store(CLAIMED, SeqCst);
        if slot.tat.load(SeqCst) != was {
            slot.fingerprint.store(fingerprint, Release);
            return false;
        }
        slot.tat.store(tat, Release);
        slot.fingerprint.store(self.place.fingerprint, Release);
        true
    }

    /// The slot to give away, with what it holds.
    fn candidate(&self, now: u64, forget: bool) -> Result<(Slot<'_>, u64, u64), u64> {
        let home = self.table.home(self.place);
        let mut first_idle = u64::MAX;
        let mut nearest: Option<(Slot<'_>, u64, u64)> = None;
        for line in [self.table.line(home), self.table.line(home ^ 1)] {
            for index in 0..SLOTS {
                let slot = Slot { fingerprint: &line[index], tat: &line[SLOTS + index] };
                let fingerprint = slot.fingerprint.load(Acquire);
                let tat = slot.tat();
                if fingerprint == EMPTY || tat <= now {
                    return Ok((slot, fingerprint, tat));
                }
                first_idle = first_idle.min(tat);
                let nearer = nearest.is_none_or(|(_, _, other)| tat < other);
                if forget && may_be_forgotten(fingerprint) && nearer {
                    nearest = Some((slot, fingerprint, tat));
                }
            }
        }
        nearest.ok_or(first_idle - now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_000;

    fn place(fingerprint: u64) -> SlotAddress {
        SlotAddress { fingerprint, home: 0 }
    }

    fn tat(table: &Table, fingerprint: u64) -> Option<u64> {
        table.find(place(fingerprint)).map(Slot::tat)
    }

    /// Eight active keys of the fingerprints 10, 12, …, 24, idle at 1001, 1002, …
    fn full() -> Table {
        let table = Table::new(8);
        for index in 0..8 {
            assert_eq!(table.lock(place(10 + 2 * index)).insert(NOW + 1 + index, NOW, true), Ok(Placed::Free));
        }
        table
    }

    #[test]
    fn lines_begin_where_lines_of_memory_begin() {
        for slots in [8, 64, 1 << 18] {
            let table = Table::new(slots);
            let mut addresses = (0..slots / SLOTS).map(|index| table.line(index).as_ptr().addr());
            assert!(addresses.all(|address| address % LINE_BYTES == 0), "{slots} slots");
        }
    }

    #[test]
    fn homes_spread_over_all_lines() {
        let table = Table::new(64);
        let lines = [0, 1 << 63, u64::MAX].map(|home| table.home(SlotAddress { fingerprint: 2, home }));
        assert_eq!(lines, [0, 8, 15]);
    }

    #[test]
    fn all_eight_slots_are_used_and_found() {
        let table = full();
        assert!((0..8).all(|index| tat(&table, 10 + 2 * index) == Some(NOW + 1 + index)));
        assert_eq!(tat(&table, 26), None);
    }

    #[test]
    fn the_key_nearest_to_idle_is_forgotten() {
        let table = full();
        assert_eq!(table.lock(place(26)).insert(NOW + 50, NOW, true), Ok(Placed::Forgot));
        assert_eq!((tat(&table, 10), tat(&table, 12), tat(&table, 26)), (None, Some(NOW + 2), Some(NOW + 50)));
    }

    #[test]
    fn an_idle_key_gives_its_slot_to_anybody() {
        let table = full();
        assert_eq!(table.lock(place(27)).insert(NOW + 50, NOW + 1, false), Ok(Placed::Free));
        assert_eq!((tat(&table, 10), tat(&table, 27)), (None, Some(NOW + 50)));
    }

    #[test]
    fn who_may_not_forget_is_told_how_long_to_wait() {
        let table = full();
        assert_eq!(table.lock(place(27)).insert(NOW + 50, NOW - 4, false), Err(5));
    }

    #[test]
    fn keys_that_may_not_be_forgotten_are_not() {
        let table = Table::new(8);
        for index in 0..8 {
            // Odd fingerprints are kept; the last key is one that is not, and is the farthest from idle.
            let fingerprint = if index == 7 { 24 } else { 11 + 2 * index };
            assert!(table.lock(place(fingerprint)).insert(NOW + 1 + index, NOW, true).is_ok());
        }
        assert_eq!(table.lock(place(26)).insert(NOW + 50, NOW, true), Ok(Placed::Forgot));
        assert!(table.lock(place(29)).insert(NOW + 60, NOW, true).is_ok());
        assert_eq!(table.lock(place(30)).insert(NOW + 60, NOW, true), Err(1), "all eight are kept");
    }

    #[test]
    fn a_late_exchange_does_not_count() {
        let table = full();
        let slot = table.find(place(10)).unwrap();
        let stored = slot.tat();
        assert_eq!(table.lock(place(26)).insert(stored, NOW, true), Ok(Placed::Forgot));
        assert!(!slot.raise(place(10), stored, stored + 5), "the slot is another key's");
        assert_eq!(tat(&table, 26), Some(stored + 5), "which pays, but is never given anything");
    }

    #[test]
    fn a_slot_whose_key_was_used_in_the_last_moment_is_not_given_away() {
        let table = full();
        let locked = table.lock(place(26));
        let (slot, fingerprint, was) = locked.candidate(NOW, true).unwrap();
        assert!(table.find(place(10)).unwrap().raise(place(10), was, was + 100));
        assert!(!locked.replace(slot, fingerprint, was, NOW + 50));
        assert_eq!((tat(&table, 10), tat(&table, 26)), (Some(was + 100), None));
        assert_eq!(locked.insert(NOW + 50, NOW, true), Ok(Placed::Forgot));
        assert_eq!((tat(&table, 12), tat(&table, 26)), (None, Some(NOW + 50)), "the next one goes");
    }
}

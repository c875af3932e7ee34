//! The table of 16-byte slots and their reassignment from key to key. The [module](super) proves it correct.

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{
        AtomicU64,
        Ordering::{Acquire, Relaxed, Release, SeqCst},
    },
};

use super::slot_address::{CLAIMED, EMPTY, SlotAddress, is_evictable};

/// Slots in a cache line of 64 bytes.
const SLOTS: usize = 4;
const LINE_BYTES: usize = 64;
const WORDS: usize = LINE_BYTES / size_of::<u64>();
/// Locks for writers that insert keys; a power of two.
const STRIPES: usize = 128;

/// The fingerprints of four slots, then their TATs.
type Line = [AtomicU64; WORDS];

/// A fixed number of slots, in lines of four; a key may occupy any of the eight of its home and the adjacent line.
pub(super) struct Table {
    /// Zeroes from the allocator, committed by the system only where they are touched.
    words: Box<[AtomicU64]>,
    /// The first word that begins a line.
    first: usize,
    /// The shift from a [`SlotAddress::home`] to the number of a line.
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
        // One line more, so that the first can be aligned to a cache line.
        let words = bytemuck::zeroed_slice_box::<AtomicU64>((lines + 1) * WORDS);
        let misplaced = words.as_ptr().addr() % LINE_BYTES;
        let first = (LINE_BYTES - misplaced) % LINE_BYTES / size_of::<u64>();
        let stripes = (0..STRIPES).map(|_| Mutex::new(())).collect();
        Self { words, first, shift: u64::BITS - lines.ilog2(), stripes }
    }

    #[inline]
    fn home(&self, address: SlotAddress) -> usize {
        (address.home >> self.shift) as usize
    }

    #[inline]
    fn line(&self, index: usize) -> &Line {
        let start = self.first + index * WORDS;
        self.words[start..].first_chunk().expect("the table ends with a whole line")
    }

    /// The slot that holds a key.
    #[inline(always)]
    pub(super) fn find(&self, address: SlotAddress) -> Option<Slot<'_>> {
        let home = self.home(address);
        match slot_of(self.line(home), address.fingerprint) {
            None => slot_of(self.line(home ^ 1), address.fingerprint),
            found => found,
        }
    }

    /// Takes the lock of a key's eight slots.
    pub(super) fn lock(&self, address: SlotAddress) -> Locked<'_> {
        let stripe = self.home(address) / 2 % STRIPES;
        let guard = self.stripes[stripe].lock().unwrap_or_else(PoisonError::into_inner);
        Locked { table: self, address, _guard: guard }
    }
}

/// The slot of a line that holds `fingerprint`. All four are compared: the match is unpredictable, and a branch for
/// each would be mispredicted.
#[inline(always)]
fn slot_of(line: &Line, fingerprint: u64) -> Option<Slot<'_>> {
    let mut found = 0_u32;
    for (index, stored) in line.iter().take(SLOTS).enumerate() {
        found |= u32::from(stored.load(Acquire) == fingerprint) << index;
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

    /// Replaces the TAT that was read by a TAT that is not lower; equal ones need no write. `false` when another call
    /// came first or the slot has been reassigned: find the slot again.
    #[inline(always)]
    pub(super) fn raise(self, address: SlotAddress, stored: u64, tat: u64) -> bool {
        debug_assert!(tat >= stored, "only the holder of the lock lowers a TAT");
        self.put(address, stored, tat)
    }

    #[inline(always)]
    fn put(self, address: SlotAddress, stored: u64, tat: u64) -> bool {
        let written = tat == stored || self.tat.compare_exchange(stored, tat, SeqCst, Relaxed).is_ok();
        written && self.fingerprint.load(SeqCst) == address.fingerprint
    }
}

/// The previous content of an inserted key's slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Insertion {
    /// It was empty, or its key was idle.
    Free,
    /// Its key was active, and has been evicted.
    Evicted,
}

/// The lock of a key's slots. While it is held none of them is reassigned.
pub(super) struct Locked<'a> {
    table: &'a Table,
    address: SlotAddress,
    _guard: MutexGuard<'a, ()>,
}

impl Locked<'_> {
    /// Changes the TAT of the key; it may be lowered. `None` when the key is not in the table.
    pub(super) fn change<T>(&self, change: impl Fn(u64) -> (u64, T)) -> Option<T> {
        let slot = self.table.find(self.address)?;
        loop {
            let stored = slot.tat();
            let (tat, out) = change(stored);
            if slot.put(self.address, stored, tat) {
                return Some(out);
            }
        }
    }

    /// Inserts the key, which is not in the table. An active key is evicted only if `may_evict`, and if it is not
    /// pinned: the one nearest to idle.
    ///
    /// # Errors
    /// When there is no room: ticks until a key of these slots is idle, at least 1.
    pub(super) fn insert(&self, tat: u64, now: u64, may_evict: bool) -> Result<Insertion, u64> {
        loop {
            let (slot, fingerprint, old_tat) = self.candidate(now, may_evict)?;
            if self.replace(slot, fingerprint, old_tat, tat) {
                let free = fingerprint == EMPTY || old_tat <= now;
                return Ok(if free { Insertion::Free } else { Insertion::Evicted });
            }
        }
    }

    /// Reassigns a slot that held `fingerprint` and `old_tat` to the key. `false` when it held another TAT at last: a
    /// call on the old key completed before the claim.
    fn replace(&self, slot: Slot<'_>, fingerprint: u64, old_tat: u64, tat: u64) -> bool {
        slot.fingerprint.store(CLAIMED, SeqCst);
        if slot.tat.load(SeqCst) != old_tat {
            slot.fingerprint.store(fingerprint, Release);
            return false;
        }
        slot.tat.store(tat, Release);
        slot.fingerprint.store(self.address.fingerprint, Release);
        true
    }

    /// The slot to reassign, with its fingerprint and TAT.
    fn candidate(&self, now: u64, may_evict: bool) -> Result<(Slot<'_>, u64, u64), u64> {
        let home = self.table.home(self.address);
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
                if may_evict && is_evictable(fingerprint) && nearer {
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

    fn address(fingerprint: u64) -> SlotAddress {
        SlotAddress { fingerprint, home: 0 }
    }

    fn tat(table: &Table, fingerprint: u64) -> Option<u64> {
        table.find(address(fingerprint)).map(Slot::tat)
    }

    /// Eight active keys of the fingerprints 10, 12, …, 24, idle at 1001, 1002, …
    fn full_table() -> Table {
        let table = Table::new(8);
        for index in 0..8 {
            assert_eq!(table.lock(address(10 + 2 * index)).insert(NOW + 1 + index, NOW, true), Ok(Insertion::Free));
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
        let table = full_table();
        assert!((0..8).all(|index| tat(&table, 10 + 2 * index) == Some(NOW + 1 + index)));
        assert_eq!(tat(&table, 26), None);
    }

    #[test]
    fn the_key_nearest_to_idle_is_evicted() {
        let table = full_table();
        assert_eq!(table.lock(address(26)).insert(NOW + 50, NOW, true), Ok(Insertion::Evicted));
        assert_eq!((tat(&table, 10), tat(&table, 12), tat(&table, 26)), (None, Some(NOW + 2), Some(NOW + 50)));
    }

    #[test]
    fn an_idle_key_gives_its_slot_to_any_new_key() {
        let table = full_table();
        assert_eq!(table.lock(address(27)).insert(NOW + 50, NOW + 1, false), Ok(Insertion::Free));
        assert_eq!((tat(&table, 10), tat(&table, 27)), (None, Some(NOW + 50)));
    }

    #[test]
    fn an_insert_that_may_not_evict_returns_the_ticks_to_wait() {
        let table = full_table();
        assert_eq!(table.lock(address(27)).insert(NOW + 50, NOW - 4, false), Err(5));
    }

    #[test]
    fn pinned_keys_are_never_evicted() {
        let table = Table::new(8);
        for index in 0..8 {
            // Odd fingerprints are pinned; the last key is not, and is the farthest from idle.
            let fingerprint = if index == 7 { 24 } else { 11 + 2 * index };
            assert!(table.lock(address(fingerprint)).insert(NOW + 1 + index, NOW, true).is_ok());
        }
        assert_eq!(table.lock(address(26)).insert(NOW + 50, NOW, true), Ok(Insertion::Evicted));
        assert!(table.lock(address(29)).insert(NOW + 60, NOW, true).is_ok());
        assert_eq!(table.lock(address(30)).insert(NOW + 60, NOW, true), Err(1), "all eight are kept");
    }

    #[test]
    fn a_late_exchange_does_not_count() {
        let table = full_table();
        let slot = table.find(address(10)).unwrap();
        let stored = slot.tat();
        assert_eq!(table.lock(address(26)).insert(stored, NOW, true), Ok(Insertion::Evicted));
        assert!(!slot.raise(address(10), stored, stored + 5), "the slot is another key's");
        assert_eq!(tat(&table, 26), Some(stored + 5), "which pays, but is never given anything");
    }

    #[test]
    fn a_slot_whose_key_was_used_during_the_claim_is_not_given_away() {
        let table = full_table();
        let locked = table.lock(address(26));
        let (slot, fingerprint, old_tat) = locked.candidate(NOW, true).unwrap();
        assert!(table.find(address(10)).unwrap().raise(address(10), old_tat, old_tat + 100));
        assert!(!locked.replace(slot, fingerprint, old_tat, NOW + 50));
        assert_eq!((tat(&table, 10), tat(&table, 26)), (Some(old_tat + 100), None));
        assert_eq!(locked.insert(NOW + 50, NOW, true), Ok(Insertion::Evicted));
        assert_eq!((tat(&table, 12), tat(&table, 26)), (None, Some(NOW + 50)), "the next one goes");
    }
}

//! Bounded map of fixed-size records that expire. When full, it rejects new records and evicts nothing.
//!
//! Records lie in chunks that never move, referenced by an index. A timer wheel of lists threaded through the records
//! finds expired ones, a bounded number per call.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::domain::{Key, UnixMillis};

/// Slots of the wheel, one per second; records that live longer stay for several turns.
const WHEEL_SLOTS: u32 = 512;
/// Maximum number of slots per sweep.
const MAX_TICKS: u32 = 16;
/// Number of visited records after which a sweep stops.
const MAX_VISITS: u32 = 256;
/// Records per chunk.
const CHUNK: u32 = 256;
/// End of a list.
const NONE: u32 = u32::MAX;

/// The map is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

/// The map.
pub struct ExpiringMap<const N: usize> {
    index: HashMap<u64, u32, BuildHasherDefault<IdentityHasher>>,
    chunks: Vec<Vec<Slot<N>>>,
    free: u32,
    wheel: Box<[u32]>,
    swept_until: u32,
    capacity: usize,
}

struct Slot<const N: usize> {
    key: [u8; 16],
    data: [u8; N],
    until: u32,
    before: u32,
    after: u32,
}

impl<const N: usize> ExpiringMap<N> {
    /// With room for `capacity` records.
    pub fn new(capacity: usize) -> Self {
        let capacity = capacity.min(NONE as usize - 1);
        let wheel = vec![NONE; WHEEL_SLOTS as usize].into();
        Self { index: HashMap::default(), chunks: Vec::new(), free: NONE, wheel, swept_until: 0, capacity }
    }

    /// Number of records, including expired ones that are not yet removed.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Unexpired record.
    pub fn get(&self, key: Key, now: UnixMillis) -> Option<[u8; N]> {
        let slot = self.slot(self.find(key)?);
        (slot.until > seconds(now)).then_some(slot.data)
    }

    /// `true` when this record would be accepted.
    pub fn has_room(&self, key: Key) -> bool {
        self.index.len() < self.capacity || self.find(key).is_some()
    }

    /// Inserts or replaces a record, which expires up to a second after `until`.
    ///
    /// # Errors
    /// [`Full`].
    pub fn put(&mut self, key: Key, data: [u8; N], until: UnixMillis) -> Result<(), Full> {
        let until = seconds(until).saturating_add(1);
        if let Some(at) = self.find(key) {
            self.slot_mut(at).data = data;
            if self.slot(at).until != until {
                self.unlink(at);
                self.slot_mut(at).until = until;
                self.link(at);
            }
            return Ok(());
        }
        if self.index.len() >= self.capacity || self.index.contains_key(&key_prefix(key)) {
            return Err(Full);
        }
        let at = self.take_slot(Slot { key: key.0, data, until, before: NONE, after: NONE });
        self.index.insert(key_prefix(key), at);
        self.link(at);
        Ok(())
    }

    /// Removes a record.
    pub fn remove(&mut self, key: Key) {
        if let Some(at) = self.find(key) {
            self.drop_slot(at);
        }
    }

    /// Removes some of the expired records.
    pub fn sweep(&mut self, now: UnixMillis) {
        let now = seconds(now);
        if now.saturating_sub(self.swept_until) > WHEEL_SLOTS {
            self.swept_until = now - WHEEL_SLOTS; // a whole turn sees every record
        }
        let (mut ticks, mut visits) = (0, 0);
        while self.swept_until < now && ticks < MAX_TICKS && visits < MAX_VISITS {
            let mut at = self.wheel[(self.swept_until % WHEEL_SLOTS) as usize];
            while at != NONE {
                let Slot { after, until, .. } = *self.slot(at);
                if until <= now {
                    self.drop_slot(at);
                }
                at = after;
                visits += 1;
            }
            self.swept_until += 1;
            ticks += 1;
        }
    }

    fn find(&self, key: Key) -> Option<u32> {
        let at = *self.index.get(&key_prefix(key))?;
        (self.slot(at).key == key.0).then_some(at)
    }

    fn slot(&self, at: u32) -> &Slot<N> {
        &self.chunks[(at / CHUNK) as usize][(at % CHUNK) as usize]
    }

    fn slot_mut(&mut self, at: u32) -> &mut Slot<N> {
        &mut self.chunks[(at / CHUNK) as usize][(at % CHUNK) as usize]
    }

    fn take_slot(&mut self, slot: Slot<N>) -> u32 {
        if self.free != NONE {
            let at = self.free;
            self.free = self.slot(at).after;
            *self.slot_mut(at) = slot;
            return at;
        }
        if self.chunks.last().is_none_or(|chunk| chunk.len() == CHUNK as usize) {
            self.chunks.push(Vec::with_capacity(self.capacity.min(CHUNK as usize)));
        }
        let start = u32::try_from(self.chunks.len() - 1).unwrap_or(NONE) * CHUNK;
        let Some(chunk) = self.chunks.last_mut() else { return NONE };
        chunk.push(slot);
        start + u32::try_from(chunk.len() - 1).unwrap_or(NONE)
    }

    fn drop_slot(&mut self, at: u32) {
        self.unlink(at);
        let (key, free) = (key_prefix(Key(self.slot(at).key)), self.free);
        *self.slot_mut(at) = Slot { key: [0; 16], data: [0; N], until: 0, before: NONE, after: free };
        self.free = at;
        self.index.remove(&key);
    }

    fn link(&mut self, at: u32) {
        let bucket = (self.slot(at).until % WHEEL_SLOTS) as usize;
        let first = self.wheel[bucket];
        let slot = self.slot_mut(at);
        (slot.before, slot.after) = (NONE, first);
        if first != NONE {
            self.slot_mut(first).before = at;
        }
        self.wheel[bucket] = at;
    }

    fn unlink(&mut self, at: u32) {
        let Slot { before, after, until, .. } = *self.slot(at);
        match before {
            NONE => self.wheel[(until % WHEEL_SLOTS) as usize] = after,
            before => self.slot_mut(before).after = after,
        }
        if after != NONE {
            self.slot_mut(after).before = before;
        }
    }
}

/// Keys are hashes already.
#[derive(Default)]
struct IdentityHasher(u64);

impl Hasher for IdentityHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

fn key_prefix(key: Key) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = key.0;
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}

fn seconds(timestamp: UnixMillis) -> u32 {
    u32::try_from(timestamp.millis() / 1000).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn at(second: u64) -> UnixMillis {
        UnixMillis::from_millis(1_700_000_000_000 + second * 1000)
    }

    #[test]
    fn a_full_map_rejects_new_records_and_keeps_old_ones() {
        let mut map = ExpiringMap::<4>::new(3);
        for n in 0..3 {
            assert_eq!(map.put(Key([n; 16]), [n; 4], at(10)), Ok(()));
        }
        assert_eq!(map.put(Key([9; 16]), [9; 4], at(10)), Err(Full));
        assert_eq!(map.put(Key([1; 16]), [7; 4], at(10)), Ok(()), "what is there may be changed");
        assert_eq!(map.get(Key([1; 16]), at(0)), Some([7; 4]));
        assert_eq!(map.get(Key([0; 16]), at(0)), Some([0; 4]));
    }

    #[test]
    fn expired_records_are_removed_and_make_room() {
        let mut map = ExpiringMap::<4>::new(2);
        map.sweep(at(0));
        map.put(Key([1; 16]), [1; 4], at(10)).unwrap();
        map.put(Key([2; 16]), [2; 4], at(100_000)).unwrap();
        assert_eq!(map.get(Key([1; 16]), at(11)), None);
        for second in (0..2000).step_by(15) {
            map.sweep(at(second));
        }
        assert_eq!((map.len(), map.get(Key([2; 16]), at(2000))), (1, Some([2; 4])));
        assert_eq!(map.put(Key([3; 16]), [3; 4], at(2010)), Ok(()));
    }

    proptest! {
        #[test]
        fn it_behaves_like_a_map_of_expiring_entries(
            steps in prop::collection::vec((0_u8..12, 0_u8..4, 0_u64..900, 0_u64..40), 1..200)
        ) {
            let (mut map, mut model, mut now) = (ExpiringMap::<1>::new(8), BTreeMap::new(), 0);
            for (name, what, ttl, passes) in steps {
                now += passes;
                let key = Key([name.wrapping_mul(37); 16]);
                match what {
                    0 => { map.remove(key); model.remove(&name); }
                    1 => for _ in 0..64 { map.sweep(at(now)); },
                    _ => if map.put(key, [what], at(now + ttl)).is_ok() {
                        model.insert(name, (what, now + ttl + 1));
                    } else {
                        prop_assert!(map.len() == 8);
                    },
                }
                for name in 0..12 {
                    let there = model.get(&name).filter(|(_, until)| *until > now).map(|(data, _)| [*data]);
                    prop_assert_eq!(map.get(Key([name.wrapping_mul(37); 16]), at(now)), there);
                }
                prop_assert!(map.len() <= 8);
            }
        }
    }
}

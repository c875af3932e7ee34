//! The address of a key in the table: a fingerprint and a home line, from the key, its policy and a secret seed.

use crate::{
    key::Key,
    policy::{Overflow, Policy},
};

/// The fingerprint of a slot that holds no key.
pub(super) const EMPTY: u64 = 0;
/// The fingerprint of a slot that is being reassigned from one key to another.
pub(super) const CLAIMED: u64 = 1;
/// The bit of a fingerprint that protects an active key from eviction.
const PINNED: u64 = 1;

/// The address of a key in one table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SlotAddress {
    /// Neither [`EMPTY`] nor [`CLAIMED`].
    pub fingerprint: u64,
    /// 64 bits of which the upper ones number the first line of the key.
    pub home: u64,
}

/// The secret seed of addresses, so that clients cannot choose keys that collide.
///
/// The upper half of `a + b*low + c*high + d*seed` modulo 2^128 is strongly universal over random `a..d` (multilinear
/// hashing; Lemire and Kaser, "Strongly universal string hashing is fast", 2014): any two keys collide with
/// probability 2^-63. A bijection behind it keeps that and hides the sum's linearity.
pub(super) struct HashSeed([u128; 4]);

impl HashSeed {
    /// A random seed for one table.
    pub(super) fn random() -> Self {
        Self(rand::random())
    }

    /// The address of `key` under `policy`.
    pub(super) fn address_of(&self, policy: &Policy, key: Key) -> SlotAddress {
        let [a, b, c, d] = self.0;
        let bits = key.to_u128();
        let times = |factor: u128, value: u64| factor.wrapping_mul(u128::from(value));
        let low = times(b, bits as u64).wrapping_add(times(c, (bits >> 64) as u64));
        let sum = a.wrapping_add(low).wrapping_add(times(d, policy.seed()));
        let mixed = mix((sum >> 64) as u64);
        let pinned = u64::from(policy.get_overflow() == Overflow::Refuse);
        let fingerprint = mixed & !PINNED | pinned;
        SlotAddress { fingerprint: if fingerprint < 2 { fingerprint | 2 } else { fingerprint }, home: mixed }
    }
}

/// `true` when the key of this fingerprint may be evicted while it is active.
pub(super) fn is_evictable(fingerprint: u64) -> bool {
    fingerprint & PINNED == 0
}

/// A bijection of 64 bits: part of the finalizer of MurmurHash3.
fn mix(mut bits: u64) -> u64 {
    bits ^= bits >> 33;
    bits = bits.wrapping_mul(0xff51_afd7_ed55_8ccd);
    bits ^= bits >> 33;
    bits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quota::Quota;

    fn policy(name: &str) -> Policy {
        Policy::new(name, Quota::per_second(1).unwrap()).unwrap()
    }

    #[test]
    fn key_policy_and_hash_seed_all_count() {
        let hash_seed = HashSeed::random();
        let address = hash_seed.address_of(&policy("a"), Key::user("1"));
        assert_eq!(address, hash_seed.address_of(&policy("a"), Key::user("1")));
        assert_ne!(address, hash_seed.address_of(&policy("b"), Key::user("1")));
        assert_ne!(address, hash_seed.address_of(&policy("a"), Key::user("2")));
        assert_ne!(address, HashSeed::random().address_of(&policy("a"), Key::user("1")));
    }

    #[test]
    fn fingerprints_are_never_reserved_and_carry_the_pinned_bit() {
        // A seed that hashes every key to 0.
        let hash_seed = HashSeed([0; 4]);
        let evictable = hash_seed.address_of(&policy("a"), Key::user("1")).fingerprint;
        let pinned = hash_seed.address_of(&policy("a").overflow(Overflow::Refuse), Key::user("1")).fingerprint;
        assert_eq!((evictable, pinned), (2, 3));
        assert!(is_evictable(evictable));
        assert!(!is_evictable(pinned));
    }
}

//! Where a key lies: a fingerprint and a home, from the key, its policy and a secret.

use crate::{
    key::Key,
    policy::{Overflow, Policy},
};

/// The fingerprint of a slot that holds no key.
pub(super) const EMPTY: u64 = 0;
/// The fingerprint of a slot that is being given from one key to another.
pub(super) const CLAIMED: u64 = 1;
/// The bit of a fingerprint that says that the key may not be forgotten while it is active.
const KEPT: u64 = 1;

/// A key in one table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SlotAddress {
    /// Neither [`EMPTY`] nor [`CLAIMED`].
    pub fingerprint: u64,
    /// 64 bits of which the upper ones number the line that the key looks in first.
    pub home: u64,
}

/// What places depend on, so that nobody outside can choose keys that meet.
///
/// The upper half of `a + b*low + c*high + d*seed` modulo 2^128 is strongly universal over random `a..d` (multilinear
/// hashing; Lemire and Kaser, "Strongly universal string hashing is fast", 2014): any two keys share a place with
/// probability 2^-63. A bijection behind it keeps that and hides the sum's linearity.
pub(super) struct HashSeed([u128; 4]);

impl HashSeed {
    /// A new one, for one table.
    pub(super) fn random() -> Self {
        Self(rand::random())
    }

    /// The place of `key` under `policy`.
    pub(super) fn address_of(&self, policy: &Policy, key: Key) -> SlotAddress {
        let [a, b, c, d] = self.0;
        let bits = key.to_u128();
        let times = |factor: u128, value: u64| factor.wrapping_mul(u128::from(value));
        let low = times(b, bits as u64).wrapping_add(times(c, (bits >> 64) as u64));
        let sum = a.wrapping_add(low).wrapping_add(times(d, policy.seed()));
        let mixed = mix((sum >> 64) as u64);
        let kept = u64::from(policy.get_overflow() == Overflow::Refuse);
        let fingerprint = mixed & !KEPT | kept;
        SlotAddress { fingerprint: if fingerprint < 2 { fingerprint | 2 } else { fingerprint }, home: mixed }
    }
}

/// Whether the key of this fingerprint may be forgotten while it is active.
pub(super) fn may_be_forgotten(fingerprint: u64) -> bool {
    fingerprint & KEPT == 0
}

/// A bijection of 64 bits: the end of MurmurHash3.
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
    fn key_policy_and_secret_all_count() {
        let secret = HashSeed::random();
        let place = secret.address_of(&policy("a"), Key::user("1"));
        assert_eq!(place, secret.address_of(&policy("a"), Key::user("1")));
        assert_ne!(place, secret.address_of(&policy("b"), Key::user("1")));
        assert_ne!(place, secret.address_of(&policy("a"), Key::user("2")));
        assert_ne!(place, HashSeed::random().address_of(&policy("a"), Key::user("1")));
    }

    #[test]
    fn fingerprints_are_never_reserved_values_and_say_who_may_be_forgotten() {
        // A secret that puts every key at 0.
        let secret = HashSeed([0; 4]);
        let forgotten = secret.address_of(&policy("a"), Key::user("1")).fingerprint;
        let kept = secret.address_of(&policy("a").overflow(Overflow::Refuse), Key::user("1")).fingerprint;
        assert_eq!((forgotten, kept), (2, 3));
        assert!(may_be_forgotten(forgotten));
        assert!(!may_be_forgotten(kept));
    }
}

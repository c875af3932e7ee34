//! The subject of a limit: typed parts, hashed.

use std::net::IpAddr;

use siphasher::sip128::{Hasher128, SipHasher13};
use std::hash::Hasher;

/// The subject of a limit: an address, a user, a device, or several of them together.
///
/// Made of typed parts, each hashed with its kind and length, so `("ab", "c")` and `("a", "bc")` are two keys and a
/// user never collides with a device of the same name. Only the hash (SipHash-1-3, 128 bits) is kept: the store holds
/// no address or name, and a long header costs no memory. The hash is the same in every process and has no secret: a
/// reader of the store can check a guess, such as a known e-mail address.
///
/// ```
/// # use limiter_lib::Key;
/// let by_user = Key::user("42");
/// let by_address_and_email = Key::address("192.0.2.7".parse().unwrap(), 64).and("email", b"ann@example.org");
/// assert_ne!(by_user, Key::device("42"));
/// # let _ = by_address_and_email;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key(u128);

/// One key for all requests: a global limit.
const WHOLE: &[u8] = b"whole";

impl Key {
    /// A part of the given kind: `Key::part("email", …)`.
    pub fn part(kind: &str, value: &[u8]) -> Self {
        Self(hash(0, kind.as_bytes(), value))
    }

    /// One key for all requests.
    pub fn everything() -> Self {
        Self(hash(0, WHOLE, b""))
    }

    /// A client by network address. An IPv4-mapped address is the IPv4 one; of an IPv6 address the first `v6_prefix`
    /// bits count (32 to 128; 64 is the usual allocation of one customer), since a single host may use all the rest.
    pub fn address(address: IpAddr, v6_prefix: u8) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => Self(hash(0, b"ip4", &v4.octets())),
            IpAddr::V6(v6) => {
                let prefix = v6_prefix.clamp(32, 128);
                let network = u128::from(v6) & (u128::MAX << (128 - u32::from(prefix)));
                Self(hash(u128::from(prefix), b"ip6", &network.to_be_bytes()))
            }
        }
    }

    /// A user by id.
    pub fn user(id: &str) -> Self {
        Self::part("user", id.as_bytes())
    }

    /// A device by id.
    pub fn device(id: &str) -> Self {
        Self::part("device", id.as_bytes())
    }

    /// A service client by id.
    pub fn client(id: &str) -> Self {
        Self::part("client", id.as_bytes())
    }

    /// This key and another part together.
    #[must_use]
    pub fn and(self, kind: &str, value: &[u8]) -> Self {
        Self(hash(self.0, kind.as_bytes(), value))
    }

    /// This key and another together; the order counts.
    #[must_use]
    pub fn and_key(self, other: Self) -> Self {
        Self(hash(self.0, b"key", &other.0.to_le_bytes()))
    }

    pub(crate) fn from_u128(bits: u128) -> Self {
        Self(bits)
    }

    /// The 128 bits.
    pub fn to_u128(self) -> u128 {
        self.0
    }
}

fn hash(before: u128, kind: &[u8], value: &[u8]) -> u128 {
    // The same in all processes: replicas must agree on keys. Against collisions by chosen keys, the slots of the
    // in-process table depend on a secret seed.
    let mut hasher = SipHasher13::new_with_keys(before as u64, (before >> 64) as u64);
    hasher.write_u64(kind.len() as u64);
    hasher.write(kind);
    hasher.write(value);
    hasher.finish128().as_u128()
}

/// A hash of a policy's name, which separates the keys of policies.
pub(crate) fn policy_seed(name: &str) -> u64 {
    hash(1, b"policy", name.as_bytes()) as u64
}

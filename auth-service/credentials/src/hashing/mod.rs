//! Password hashing: argon2id (RFC 9106) on dedicated threads, so that sign-ins cannot starve other requests.

mod argon;
mod lanes;
mod password_hash;
mod pool;

pub use argon::{ArgonError, MEMORY_KIB, PASSES};
pub use lanes::{HashCaller, HashLane};
pub use password_hash::PasswordHash;
pub use pool::{HashPool, HashPoolSettings, HashSlot, HashingError};

//! Password hashing: argon2id (RFC 9106) on threads of its own, so that sign-ins cannot starve everything else.

mod argon;
mod lanes;
mod pool;

pub use argon::{MEMORY_KIB, PASSES};
pub use lanes::{HashCaller, HashLane};
pub use pool::{HashPool, HashPoolSettings, HashSlot, HashingError};

//! Password hashing: argon2id (RFC 9106) on dedicated threads, so that sign-ins cannot starve other requests. Hashes of
//! imported accounts are verified there as well, and replaced at the first sign-in.

mod argon;
mod bcrypt;
mod hash_time;
mod hasher;
mod lanes;
mod password_forms;
mod password_hash;
mod pbkdf2;
mod pool;
mod priority;
mod scrypt;
mod stored_hash;
mod unsupported_hash;

pub use argon::{HashCost, MEMORY_KIB, PASSES};
pub use hasher::ArgonError;
pub use lanes::{HashCaller, HashLane};
pub use password_forms::{PasswordForms, Verification};
pub use password_hash::PasswordHash;
pub use pool::{HashPool, HashPoolSettings, HashSlot, HashingError};
pub use unsupported_hash::UnsupportedHash;

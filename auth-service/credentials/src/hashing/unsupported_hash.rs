//! Bounds of stored hashes. Costs are bounded when a hash is imported and again when it is read, so that no row of the
//! database occupies a thread for minutes.

/// Maximum memory of one verification in KiB.
pub(super) const MAX_MEMORY_KIB: u32 = 256 * 1024;
/// Minimum length of a hash in bytes: of shorter ones another password is found by trying.
pub(super) const MIN_OUTPUT: usize = 16;

/// A hash that cannot be verified here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnsupportedHash {
    /// No supported format.
    #[error("the hash has no supported format")]
    Format,
    /// A supported format with invalid parts.
    #[error("the hash is incomplete or damaged")]
    Damaged,
    /// One verification would take too much memory or time.
    #[error("the hash costs too much to verify (at most bcrypt 14, PBKDF2 2,000,000, 256 MiB)")]
    TooCostly,
}

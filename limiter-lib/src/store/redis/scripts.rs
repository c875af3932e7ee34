//! The scripts that Redis runs.

/// The script that decides, as the server runs it.
pub const DECIDE: &str = include_str!("decide.lua");
/// The script that joins a server's state, as the server runs it.
pub const JOIN: &str = include_str!("join.lua");
/// The script that counts live replicas.
pub(super) const ALIVE: &str = include_str!("alive.lua");

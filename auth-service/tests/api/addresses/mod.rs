//! Login e-mails: proofs, resets, changes, and claims.

mod changes;
mod claims;
mod expiry;
mod links;
mod pages;
mod proofs;
mod resets;
mod squatting;
pub mod support;

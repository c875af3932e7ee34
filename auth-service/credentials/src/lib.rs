//! Credentials of users: hashes of passwords, access tokens and their signing keys, refresh tokens.
//!
//! No SQL, no HTTP. Access tokens are verified by [`token_verifier`], which needs public keys only.
//!
//! | module | contents |
//! |---|---|
//! | [`hashing`] | argon2id (RFC 9106) on threads of its own, behind a bounded queue with three lanes |
//! | [`keys`] | pairs that sign access tokens: their files, their folder, their rotation |
//! | [`tokens`] | access tokens (RFC 9068), refresh tokens |

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test that cannot go on should fail"))]

pub mod hashing;
pub mod keys;
pub mod tokens;

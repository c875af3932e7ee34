//! Verification of access tokens (RFC 9068) with public keys only.
//!
//! A pure library: no I/O, no clock, no private key, no signing. auth-service issues the tokens and verifies them with
//! this crate when other services ask for introspection; a service that verifies signatures itself needs the JWKS of
//! auth-service (`GET /.well-known/jwks.json`) and its issuer (`AUTH_ISSUER`):
//!
//! ```
//! use token_verifier::{InvalidAccessToken, TokenVerifier, UnverifiedToken, VerificationKeys};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let jwks = include_str!("../testdata/jwks.json"); // {"keys": [{"kty": "OKP", "crv": "Ed25519", …}]}
//! let text = include_str!("../testdata/token.jwt").trim(); // eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFZERTQSIs…
//! let now = "2026-11-22T12:05:00Z".parse()?;
//!
//! let keys = VerificationKeys::parse(jwks)?;
//! let verifier = TokenVerifier::new("https://id.example.org", &["marquee"]);
//!
//! let token = UnverifiedToken::parse(text)?;
//! let key = keys.find(token.kid()).ok_or(InvalidAccessToken)?;
//! let claims = verifier.verify(&token, key, now)?;
//! assert_eq!(claims.roles, ["editor"]);
//! # Ok(())
//! # }
//! ```
//!
//! What the caller decides:
//!
//! - **Unknown key id**: fetch the JWKS again, but not for every token: anyone can send key ids. auth-service publishes
//!   a new key before the first token that it signs.
//! - **Retired keys** verify for as long as they are in the JWKS, so operators delete their files.
//! - **Revocation**: a valid signature does not tell that the session has ended since. [`Revocations`] holds early
//!   revocations in memory; without a source of them, a revoked token is accepted until it expires, and introspection
//!   (`POST /oauth2/introspect`) is the alternative.
//!
//! | file | contents |
//! |---|---|
//! | `algorithm.rs` | RS256, ES256, EdDSA |
//! | `claims.rs` | claims of an access token, and their fixed values |
//! | `token.rs` | the strict header (RFC 8725), read before the signature is verified |
//! | `keys.rs` | public keys, from a JWKS (RFC 7517); the key decides the algorithm |
//! | `verifier.rs` | signature, issuer, audience, expiry |
//! | `revocations.rs` | ended sessions and cut-offs, bounded |

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test that cannot go on should fail"))]

mod algorithm;
mod claims;
mod keys;
mod revocations;
mod token;
mod verifier;

pub use algorithm::TokenAlgorithm;
pub use claims::{AUDIENCE, AccessClaims, CLIENT_ID, CLIENT_SUBJECT, ClientClaims, TOKEN_TYPE};
pub use keys::{InvalidJwks, VerificationKey, VerificationKeys};
pub use revocations::{Cutoff, EndedSession, Revocations, TokenStatus};
pub use token::{InvalidAccessToken, MAX_ACCESS_TOKEN_BYTES, UnverifiedToken};
pub use verifier::{CLOCK_SKEW, TokenVerifier};

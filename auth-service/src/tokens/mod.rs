//! Tokens: signed access tokens, opaque refresh tokens, revocation of access tokens; and sealed values.

mod access;
mod refresh;
mod revocations;
mod sealed;

pub use access::{AccessClaims, AccessTokens, InvalidAccessToken, MAX_ACCESS_TOKEN_BYTES};
pub use refresh::{RefreshToken, RefreshTokens};
pub use revocations::{Revocations, TokenStatus};
pub use sealed::Sealer;

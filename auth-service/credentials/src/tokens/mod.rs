//! Tokens: signed access tokens and opaque refresh tokens.

mod access;
mod late_uses;
mod refresh;
mod repeats;

pub use access::AccessTokens;
pub use late_uses::{LateUses, MAX_GENERATIONS, TooManyLateUses, WINDOW};
pub use refresh::{RefreshToken, RefreshTokens, SecretHash};
pub use repeats::{ALARM_AT, Repeats};

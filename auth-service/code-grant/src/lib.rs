//! The authorization code grant (RFC 6749 §4.1) of first-party apps, always with PKCE (RFC 7636), and OpenID on top of it
//! (OpenID Connect Core 1.0 §3.1): what a request may ask, the code, the ID token. No SQL, no HTTP, no clock.
//!
//! | file | contents |
//! |---|---|
//! | `request.rs` | the request of a browser, checked against its client |
//! | `answer.rs` | redirects back to the client, each with the issuer (RFC 9207) |
//! | `pkce.rs` | challenge and verifier |
//! | `scope.rs` | scopes that are known here |
//! | `code.rs` | the code: sealed, valid for a minute |
//! | `id_token.rs` | claims of the ID token |

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test that cannot go on should fail"))]

mod answer;
mod code;
mod id_token;
mod pkce;
mod request;
mod scope;

pub use answer::{AuthorizationError, RedirectBack};
pub use code::{CODE_LIFETIME, CodeClaims, CodeSealer};
pub use id_token::{IdClaims, access_token_hash};
pub use pkce::CodeChallenge;
pub use request::{AuthorizationRequest, MAX_REQUEST, Prompt, RequestError, without_sign_in};
pub use scope::{ALL_SCOPES, Scope, has_scope};

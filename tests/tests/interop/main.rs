//! Sign-in with a third-party OpenID provider, and the crate `oauth2` as a client. `make interop` starts what they need
//! and runs these tests; `cargo test` does not.

mod bad_tokens;
mod cinema;
mod mix_ups;
mod oauth2_crate;
mod provider;
mod sign_in;

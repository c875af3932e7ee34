//! Sign-in with a third-party OpenID provider. `make interop` starts it and runs these tests; `cargo test` does not.

mod bad_tokens;
mod cinema;
mod mix_ups;
mod provider;
mod sign_in;

//! Signing in by way of an OpenID provider that is not ours. `make interop` starts it and runs these; `cargo test` does not.

mod bad_tokens;
mod cinema;
mod elsewhere;
mod mix_ups;
mod sign_in;

//! Keys: the Ed25519 pairs that sign access tokens, their folder, and their rotation.

mod file;
mod folder;
mod ring;
mod store;

pub use file::{KeyError, SigningKey};
pub use folder::{KeyFolder, REFRESH_KEY_FILE};
pub use ring::KeyRing;
pub use store::{KeyStore, RELOAD_INTERVAL};

//! Keys: the Ed25519 pairs that sign access tokens, their folder, and their turn.

mod file;
mod folder;
mod keeper;
mod ring;

pub use file::{KeyError, SigningKey};
pub use folder::{KeyFolder, REFRESH_KEY_FILE};
pub use keeper::KeyKeeper;
pub(crate) use keeper::REREAD_EVERY;
pub use ring::KeyRing;

//! Keys: the pairs that sign access tokens, their folder, and their rotation.

mod file;
mod folder;
mod pair;
mod ring;
mod rotation;
mod store;

pub use file::{KeyError, SigningKey};
pub use folder::{KeyFolder, REFRESH_KEY_FILE};
pub use ring::KeyRing;
pub use rotation::{AHEAD, AHEAD_OF_SCHEDULE, ALARM_BEFORE, Rotated, RotationPolicy};
pub use store::{KeyStore, RELOAD_INTERVAL, Rotation};

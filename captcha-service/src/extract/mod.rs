//! Extractors: the client address.

mod origin;

pub use origin::Origin;

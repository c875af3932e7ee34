//! Types and pure rules of the catalogue; no I/O, no framework.

pub mod film;
pub mod viewer;

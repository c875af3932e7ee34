//! Rules of several steps.

pub mod write_film;

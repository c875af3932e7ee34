//! HTTP in and out: one file per endpoint, named by its verb.

pub mod answer;
mod cursor;
pub mod films;
pub mod genres;
pub mod persons;
pub mod present;
pub mod status;

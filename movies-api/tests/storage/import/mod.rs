//! Imports.

mod builtin;
mod imdb;
mod merging;
mod ndjson;
mod resuming;
mod sources;

//! Imports.

mod builtin;
mod formats;
mod imdb;
mod merging;
mod ndjson;
mod resuming;
mod sources;

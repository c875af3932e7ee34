//! Genres.

mod get;
mod list;

//! Genres.

mod get;
mod list;

pub use get::get_genre;
pub use list::list_genres;

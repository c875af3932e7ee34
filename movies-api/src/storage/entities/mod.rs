//! Rows of the tables. They never leave `storage`.

pub mod catalogue_feed;
pub mod film_credits;
pub mod film_genres;
pub mod films;
pub mod genres;
pub mod imdb_staging;
pub mod imports;
pub mod persons;

//! IMDb's files (<https://developer.imdb.com/non-commercial-datasets/>): tab-separated, `\N` for null, no quoting.

mod compose;
mod files;
mod people;
mod run;
mod table;
mod titles;

pub use files::ImdbFiles;
pub use run::import_files;

//! People who made films or play in them.

mod get;
mod list_films;
mod search;

pub use get::get_person;
pub use list_films::list_person_films;
pub use search::search_persons;

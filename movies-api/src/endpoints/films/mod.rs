//! Films.

mod changes;
mod create;
mod delete;
mod get;
mod list;
mod search;
mod similar;
mod update;

pub use changes::list_film_changes;
pub use create::create_film;
pub use delete::delete_film;
pub use get::get_film;
pub use list::list_films;
pub use search::search_films;
pub use similar::list_similar_films;
pub use update::update_film;

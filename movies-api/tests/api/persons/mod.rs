//! People who made films or play in them.

mod get;
mod list_films;
mod search;

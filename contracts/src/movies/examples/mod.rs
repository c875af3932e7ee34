//! Examples of all endpoints of movies-api.

mod editors;
mod films;
mod people;

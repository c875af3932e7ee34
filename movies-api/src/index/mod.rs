//! The read model: the whole catalogue in memory, built from the change feed. All reads are served from here, so their
//! cost does not depend on the database, and they continue while it is unavailable.
//!
//! [`Builder`] owns the mutable state and makes a [`Snapshot`] after each batch of changes; requests share the newest
//! snapshot through [`Catalogue`] and never wait for a change.

mod builder;
mod catalogue;
mod filter;
mod order;
mod search;
mod similar;
mod snapshot;
mod terms;
mod text;

pub use builder::Builder;
pub use catalogue::{Catalogue, FeedState};
pub use filter::{FilmFilter, FilmPage, Start};
pub use order::{Order, Position};
pub use search::SearchError;
pub use snapshot::{GenreEntry, PersonView, Snapshot};

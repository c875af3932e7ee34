//! The read model: the whole catalogue in memory, built from the change feed. All reads are served from here, so their
//! cost does not depend on the database, and they continue while it is unavailable.
//!
//! [`Builder`] owns the mutable state and makes a [`Snapshot`] after each batch of changes; requests share the newest
//! snapshot through [`Catalogue`] and never wait for a change.

mod builder;
mod catalogue;
mod entries;
mod filter;
mod full_text;
mod order;
mod search;
mod similar;
mod snapshot;
mod terms;
mod text;

pub use builder::Builder;
pub use catalogue::{Catalogue, FeedState};
pub use entries::PersonView;
pub use filter::{FilmFilter, FilmPage, Start};
pub use full_text::SearchError;
pub use order::{Order, Position};
pub use snapshot::Snapshot;

//! Films.

mod changes;
mod create;
mod cursors;
mod delete;
mod get;
mod large;
mod list;
mod paging;
mod preconditions;
mod search;
mod similar;
mod update;

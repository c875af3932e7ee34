//! Films.

mod changes;
mod create;
mod cursors;
mod delete;
mod get;
mod list;
mod paging;
mod search;
mod similar;
mod update;

//! Sessions: sign-in, refresh, sign-out.

mod end_session;
pub mod foreign_hashes;
mod list_sessions;
mod log_in;
mod log_out;
mod log_out_others;
mod refresh_model;
mod refresh_session;
mod replays;
mod spellings;

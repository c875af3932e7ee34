//! Sessions: log-in, refresh, log-out, list.

mod end_session;
mod list_sessions;
mod log_in;
mod log_out;
mod log_out_others;
mod refresh_session;

pub use end_session::end_session;
pub use list_sessions::list_sessions;
pub use log_in::log_in;
pub use log_out::log_out;
pub use log_out_others::log_out_others;
pub use refresh_session::refresh_session;

//! Signing in, staying signed in, signing out.

mod log_in;
mod log_out;
mod refresh_session;

pub use log_in::log_in;
pub use log_out::log_out;
pub use refresh_session::refresh_session;

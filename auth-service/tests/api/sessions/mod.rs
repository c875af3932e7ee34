//! Signing in, staying signed in, signing out.

mod log_in;
mod log_out;
mod refresh_model;
mod refresh_session;

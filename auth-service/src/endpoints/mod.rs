//! HTTP endpoints, one file each.

pub(crate) mod bot_filter;
pub(crate) mod convert;
pub mod oauth;
pub(crate) mod password_attempt;
pub mod roles;
pub mod sessions;
pub mod social;
pub mod status;
pub mod users;

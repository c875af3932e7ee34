//! HTTP in and out, one file per endpoint.

pub(crate) mod answers;
pub(crate) mod attempt;
pub mod oauth;
pub mod roles;
pub mod sessions;
pub mod social;
pub mod status;
pub(crate) mod suspects;
pub mod users;

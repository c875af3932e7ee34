//! HTTP endpoints, one file each.

pub mod addresses;
pub mod administration;
mod bot_filter;
pub mod clients;
mod convert;
pub mod oauth;
pub mod roles;
pub mod sessions;
pub mod social;
pub mod status;
pub mod users;

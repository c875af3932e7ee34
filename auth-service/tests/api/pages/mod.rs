//! The account pages, as browsers use them.

mod admin;
pub mod browser;
mod captcha;
mod deletion;
mod devices;
mod errors;
mod fixation;
mod forms;
mod headers;
mod history;
mod languages;
mod limits;
mod linked;
mod profile;
mod provider;
mod redirects;
mod security;
mod sign_in;
mod sign_out;
mod sign_up;
mod social;
mod tabs;

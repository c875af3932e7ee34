//! The personal cabinet in a browser: pages written on the server, forms, no scripts. `docs/account-page.md` says how cookies,
//! forms and headers keep it safe.

mod ask;
mod assets;
mod buttons;
mod cookies;
mod device;
mod devices;
mod errors;
mod form;
mod history;
mod language;
mod linked;
mod notice;
mod origin;
mod overview;
mod reply;
mod secrets;
mod security;
mod shell;
mod sign_in;
mod sign_out;
mod sign_up;
mod social;
mod table;
mod texts;
mod times;
mod visitor;

pub use secrets::PageSecrets;
pub use table::{PAGES, mount};

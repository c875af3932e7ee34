//! The personal cabinet in a browser: pages written on the server, forms, no scripts. `docs/account-page.md` says how cookies,
//! forms and headers keep it safe.

mod assets;
mod browser_session;
mod buttons;
mod cookies;
mod device;
mod devices;
mod errors;
mod flash_message;
mod form;
mod history;
mod language;
mod layout;
mod linked;
mod origin;
mod overview;
mod page_context;
mod reply;
mod secrets;
mod security;
mod sign_in;
mod sign_out;
mod sign_up;
mod social;
mod table;
mod texts;
mod times;

pub use secrets::PageSecrets;
pub use table::{PAGES, mount};

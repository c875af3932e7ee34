//! Account pages in a browser: rendered on the server, with forms and without scripts. Security of cookies, forms and
//! headers: `docs/account-page.md`.

mod activation;
mod addresses;
mod admin;
mod assets;
mod authorization;
mod browser_session;
mod buttons;
mod cookies;
mod deletion;
mod device;
mod devices;
mod errors;
mod flash_message;
mod form;
mod history;
mod language;
mod layout;
mod link_query;
mod linked;
mod mount;
mod origin;
mod overview;
mod page_context;
mod profile;
mod reply;
mod secrets;
mod security;
mod sign_in;
mod sign_out;
mod sign_up;
mod social;
mod times;

pub use mount::mount;
pub use secrets::PageSecrets;

//! Pages about e-mail addresses: a forgotten password, proof, change, undo, and "not me".

mod address_state;
mod change;
mod confirm_link;
mod email;
mod forgotten;
mod not_me;
mod proof;
mod reset;
mod typed_address;
mod undo;

pub use address_state::{AddressState, address_state};
pub use change::{page_cancel_change, page_change_email, page_confirm_change};
pub use confirm_link::{page_confirm_link, show_confirm_email};
pub use email::show_email;
pub use forgotten::{page_request_reset, show_forgotten};
pub use not_me::{page_not_me, show_not_me};
pub use proof::{page_confirm_email, page_request_proof};
pub use reset::{page_reset_password, show_reset};
pub use undo::{page_undo_email, show_undo_email};

//! Login e-mails: proved, used to reset a password, changed, freed; and claims that expire.

mod change;
mod claims;
mod ownership;
mod proof;
mod reset;
mod worker;

pub use change::RequestChangeError;
pub use ownership::Addresses;
pub use reset::{ConfirmReset, ConfirmResetError, ResetSecret};
pub use worker::AddressMaintenance;

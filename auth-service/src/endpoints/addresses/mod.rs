//! Login e-mails.

mod cancel_email_change;
mod change_email;
mod codes;
mod confirm_email;
mod confirm_email_change;
mod confirm_password_reset;
mod request_email_proof;
mod request_password_reset;

pub use cancel_email_change::cancel_email_change;
pub use change_email::change_email;
pub use confirm_email::confirm_email;
pub use confirm_email_change::confirm_email_change;
pub use confirm_password_reset::confirm_password_reset;
pub use request_email_proof::request_email_proof;
pub use request_password_reset::request_password_reset;

//! Operators' pages: find an account, look at it, help its owner, read the audit events. Nothing of an account is in a
//! URL: searches, looks and acts are forms with a reason, and each response shows the account anew.

mod acts;
mod audit;
mod find;
mod operator_form;
mod person;

pub use acts::page_admin_act;
pub use audit::page_admin_audit;
pub use find::{page_admin_find, show_admin};

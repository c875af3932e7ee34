//! Texts of the account pages in all languages, and the names of countries that their forms propose.
//!
//! Constants and lookups in them: no state, no templates, no HTTP. The pages themselves are `pages` of `auth-service`.

pub mod countries;
mod texts;

pub use texts::{ActivationTexts, AddressTexts, AdminTexts, AuthorizationTexts, Failures, Kinds, Message, Texts};

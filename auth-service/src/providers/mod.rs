//! Social providers: what a sign-in needs of each, and the table of those that the settings enable.

mod offered;
mod provider;

pub use offered::{Label, Offered, Providers};
pub use provider::{Arrival, Departure, EmailAddress, Grant, Language, Profile, Provider, ProviderError};

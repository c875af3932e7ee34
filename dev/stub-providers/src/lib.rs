//! Stubs of social providers: Google, Yandex ID, VK ID, Mail.ru and a generic OpenID Connect provider, on loopback.
//!
//! They reproduce the real protocols with their deviations, check and record requests, and inject faults on demand.
//! Every secret in them contains [`CANARY`], so that tests can search outputs for it. [`Stub::authorize`] takes the
//! browser's part in a test; a real browser gets a page at the authorization endpoint.

mod faults;
mod issuing;
mod keys;
mod kind;
mod mail_ru;
mod oidc;
mod page;
mod person;
mod request;
mod server;
mod state;
mod stub;
mod vk;
mod yandex;

pub use faults::{Fault, Lie};
pub use keys::Signing;
pub use kind::{Endpoint, Kind};
pub use person::Person;
pub use request::Call;
pub use stub::Stub;

/// Part of every secret here.
pub const CANARY: &str = "canary-";

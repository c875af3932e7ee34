//! Bot filter for sign-ups and sign-ins.
//!
//! Decisions depend on the request only, before any account is read: an existing account makes no difference, so a
//! required captcha does not reveal it.

mod captcha_screening;
mod filter;
mod local_throttle;
mod outcomes;
mod rejection;
mod screened;
mod sign_up_form;
mod verified_passes;

pub use captcha_screening::CaptchaScreening;
pub use filter::BotFilter;
pub use outcomes::OutcomeQueue;
pub use rejection::BotFilterError;
pub use screened::Screened;

//! Bot filter for sign-ups and sign-ins: assessments and passes of captcha-service, throttles where it is unavailable or
//! asks for nothing, sign-up forms, wrong passwords by address. No SQL; an account is a text to count by.
//!
//! Decisions depend on the request only, before any account is read: an existing account makes no difference, so a
//! required captcha does not reveal it.
//!
//! [`BotFilter`] is the entry. It uses `captcha_screening` (over `captcha_client`, `verified_passes`, `sign_up_form`,
//! `local_throttle` and `outcomes`) and returns `screened` or a `rejection`; `sign_in_context`, `failed_attempts` and
//! `address_failures` describe a request.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test that cannot go on should fail"))]

mod address_failures;
mod captcha_client;
mod captcha_screening;
mod failed_attempts;
mod filter;
mod local_throttle;
mod outcomes;
mod rejection;
mod screened;
mod sign_in_context;
mod sign_up_form;
mod verified_passes;

pub use address_failures::{AddressFailures, host_key};
pub use captcha_client::{CaptchaClient, CaptchaClientSettings};
pub use captcha_screening::CaptchaScreening;
pub use failed_attempts::FailedAttempts;
pub use filter::BotFilter;
pub use outcomes::OutcomeQueue;
pub use rejection::BotFilterError;
pub use screened::Screened;
pub use sign_in_context::{CaptchaProof, KnownDevice, SignInContext};
pub use sign_up_form::{InvalidForm, SignUpForm};

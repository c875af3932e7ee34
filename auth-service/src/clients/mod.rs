//! The other services: those that may ask about tokens, and the one that is asked about bots.

mod captcha;
mod services;

pub use captcha::{CaptchaAway, CaptchaClient, CaptchaClientSettings, Pass, PassVerdict};
pub use services::ServiceClients;

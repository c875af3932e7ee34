//! The other services: those that may ask about tokens, and the one that is asked about bots.

mod captcha;
mod services;

pub use captcha::{CaptchaClient, CaptchaClientSettings, CaptchaUnavailable, Pass, PassVerdict};
pub use services::ServiceClients;

//! Other services: those that introspect tokens, and captcha-service.

mod captcha;
mod services;

pub use captcha::{CaptchaClient, CaptchaClientSettings, CaptchaUnavailable, Pass, PassVerdict};
pub use services::ServiceClients;

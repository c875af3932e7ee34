//! Other services: those that introspect tokens, and captcha-service.

mod captcha;

pub use captcha::{CaptchaClient, CaptchaClientSettings, CaptchaUnavailable, Pass, PassVerdict};

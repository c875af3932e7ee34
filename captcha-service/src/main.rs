//! The binary `captcha-service`.

fn main() {}

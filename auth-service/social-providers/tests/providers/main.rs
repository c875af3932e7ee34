//! Each social provider through its `Provider`, against a stub that behaves or misbehaves.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail")]

mod failures;
mod google;
mod id_tokens;
mod mail_ru;
mod mix_ups;
mod oidc;
mod support;
mod trust;
mod vk;
mod yandex;

//! The fields of the IETF draft: lists of strings with parameters (RFC 9651).
//!
//! A policy's name consists of `a-z 0-9 - _ .`, so it needs no escapes in quotes.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

use super::{reported::reported, seconds};
use crate::{decision::Decision, policy::Policy};

static POLICIES: HeaderName = HeaderName::from_static("ratelimit-policy");
static LIMITS: HeaderName = HeaderName::from_static("ratelimit");

/// The names of the parameters in `RateLimit`.
pub(super) struct ParameterNames {
    remaining: &'static [u8],
    time: &'static [u8],
}

pub(super) const DRAFT_10: ParameterNames = ParameterNames { remaining: b";r=", time: b";t=" };
pub(super) const DRAFT_11: ParameterNames = ParameterNames { remaining: b";a=", time: b";w=" };

/// Capacity for one limit with a name of usual length.
const ROOM: usize = 48;

/// The value of `RateLimit-Policy`; `None` without policies, since the list must not be empty.
pub(super) fn policies<'a>(policies: impl Iterator<Item = &'a Policy>) -> Option<HeaderValue> {
    let mut text = Vec::with_capacity(ROOM);
    for policy in policies {
        begin(&mut text, policy);
        text.extend_from_slice(b";q=");
        number(&mut text, policy.quota().burst().into());
        text.extend_from_slice(b";w=");
        number(&mut text, seconds::window(policy.quota()));
    }
    finish(&text)
}

pub(super) fn write(
    names: &ParameterNames,
    policies: Option<&HeaderValue>,
    decisions: &[Decision],
    headers: &mut HeaderMap,
) {
    let mut text = Vec::with_capacity(ROOM * decisions.len());
    for decision in reported(decisions) {
        begin(&mut text, &decision.policy);
        text.extend_from_slice(names.remaining);
        number(&mut text, decision.remaining.into());
        text.extend_from_slice(names.time);
        number(&mut text, seconds::until_more(decision));
    }
    if let Some(limits) = finish(&text) {
        add(&LIMITS, limits, headers);
    }
    if let Some(policies) = policies {
        add(&POLICIES, policies.clone(), headers);
    }
}

fn begin(text: &mut Vec<u8>, policy: &Policy) {
    text.extend_from_slice(if text.is_empty() { b"\"" } else { b", \"" });
    text.extend_from_slice(policy.name().as_bytes());
    text.push(b'"');
}

fn number(text: &mut Vec<u8>, number: u64) {
    let mut digits = [0; 20];
    let (mut at, mut rest) = (digits.len(), number);
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    text.extend_from_slice(&digits[at..]);
}

fn finish(text: &[u8]) -> Option<HeaderValue> {
    if text.is_empty() { None } else { HeaderValue::from_bytes(text).ok() }
}

/// Writes one line for all layers, since some intermediaries keep only one of several.
fn add(name: &HeaderName, value: HeaderValue, headers: &mut HeaderMap) {
    // Nested layers are rare: the line of another one is detected by replacing it.
    let Some(before) = headers.insert(name.clone(), value).next() else { return };
    let ours = headers.get(name).map(HeaderValue::as_bytes).unwrap_or_default();
    if let Ok(joined) = HeaderValue::from_bytes(&[before.as_bytes(), b", ", ours].concat()) {
        headers.insert(name.clone(), joined);
    }
}

//! The `X-RateLimit-` fields, older than any standard. They describe one limit, the tightest.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

use super::{reported::reported, seconds};
use crate::decision::{Decision, Outcome};

static LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
static REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
static RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

pub(super) fn write(decisions: &[Decision], headers: &mut HeaderMap) {
    let Some(tightest) = reported(decisions).max_by_key(|decision| tightness(decision)) else { return };
    let before = headers.get(&REMAINING).and_then(|value| value.to_str().ok()?.parse::<u32>().ok());
    if before.is_some_and(|before| before < tightest.remaining) {
        return;
    }
    headers.insert(LIMIT.clone(), HeaderValue::from(tightest.policy.quota().burst()));
    headers.insert(REMAINING.clone(), HeaderValue::from(tightest.remaining));
    headers.insert(RESET.clone(), HeaderValue::from(seconds::until_more(tightest)));
}

/// Order of tightness: refusals first, then fewer remaining units, then a longer wait.
fn tightness(decision: &Decision) -> (bool, std::cmp::Reverse<u32>, u64) {
    let refuses = matches!(decision.outcome, Outcome::Deny { .. });
    (refuses, std::cmp::Reverse(decision.remaining), seconds::until_more(decision))
}

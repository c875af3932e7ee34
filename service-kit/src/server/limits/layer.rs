//! Limits by request head: a middleware on each route, before the body is read and the handler runs.

use actix_web::http::header::HeaderName;
use actix_web::{HttpResponse, ResponseError};
use contracts::codes;
use contracts::headers::DEVICE_ID;
use limiter_lib::Limiter;
use limiter_lib::actix::{KeyBy, RateLimit, Reason, Refusal};

use super::config::LimitsConfig;
use super::per::Per;
use super::policy_spec::Rule;
use crate::base::error::ApiError;

/// Upper bound of the random delay added to `Retry-After`, in percent, so that clients do not retry all at once.
const JITTER_PERCENT: u8 = 10;

/// The middleware of an endpoint.
pub(super) fn layer(limiter: Limiter, config: &LimitsConfig, rules: &[&Rule]) -> RateLimit {
    let layer = RateLimit::new(limiter)
        .client(config.clients.addresses.clone())
        .headers(config.profile)
        .no_exempt_paths() // health is not mounted with limits
        .retry_jitter(JITTER_PERCENT)
        .refuse(refuse);
    rules.iter().fold(layer, |layer, rule| layer.policy(rule.policy.clone(), key(rule.per)))
}

fn key(per: Per) -> KeyBy {
    match per {
        Per::Everything => KeyBy::everything(),
        Per::Device => KeyBy::header(HeaderName::from_static(DEVICE_ID)),
        // Counted by `SubjectLimits`; never passed to this layer.
        Per::Address
        | Per::Client
        | Per::User
        | Per::Account
        | Per::AccountAndAddress
        | Per::AttemptAddress
        | Per::Credential => KeyBy::address(),
    }
}

/// Rejects like all other errors: the request middleware turns it into a problem.
fn refuse(refusal: &Refusal<'_>) -> HttpResponse {
    let error = if refusal.reason == Reason::Undecided {
        undecided()
    } else {
        refused(refusal.policies.iter().map(|policy| policy.name()))
    };
    let error = refusal.retry_after.map_or(error.clone(), |after| error.retry_after(after));
    error.error_response()
}

/// 429, with the violated policies.
pub(super) fn refused<'a>(policies: impl Iterator<Item = &'a str>) -> ApiError {
    let names: Vec<String> = policies.map(ToOwned::to_owned).collect();
    ApiError::new(codes::RATE_LIMITED).violated_policies(names)
}

/// 503: the limiter is unavailable and the policy fails closed.
pub(super) fn undecided() -> ApiError {
    ApiError::new(codes::UNAVAILABLE).detail("the rate limiter is unavailable")
}

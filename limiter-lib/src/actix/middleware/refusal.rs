//! The response to a refused request.

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
};
use smallvec::SmallVec;

use crate::policy::Policy;

/// A refused request, for the function that builds the response.
#[derive(Debug)]
pub struct Refusal<'a> {
    /// The request.
    pub request: &'a HttpRequest,
    /// The reason.
    pub reason: Reason,
    /// The policies that refuse.
    pub policies: SmallVec<[&'a Policy; 2]>,
    /// Time until a retry, in whole seconds, as in `Retry-After`; `None` when no retry can succeed.
    pub retry_after: Option<Duration>,
}

/// The reason of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// A limit is exceeded.
    QuotaExceeded,
    /// The cost of the request is above the policy's burst: no retry can succeed.
    CostAboveBurst,
    /// The request would have to wait, and the queue is full.
    TooManyWaiting,
    /// The store cannot decide, and the policy fails closed.
    Undecided,
}

impl Refusal<'_> {
    /// 503 when the store could not decide, else 429.
    pub fn status(&self) -> StatusCode {
        match self.reason {
            Reason::Undecided => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::TOO_MANY_REQUESTS,
        }
    }

    /// The default response: a problem document (RFC 9457) of the types that
    /// draft-ietf-httpapi-ratelimit-headers-10 registers, with the names of the policies in `violated-policies`.
    pub fn problem(&self) -> HttpResponse {
        let (kind, title) = match self.reason {
            Reason::Undecided => (
                "temporary-reduced-capacity",
                "Request cannot be satisfied due to temporary server capacity constraints",
            ),
            _ => ("quota-exceeded", "Request cannot be satisfied as assigned quota has been exceeded"),
        };
        let detail = match self.reason {
            Reason::QuotaExceeded => "Too many requests; try again after the time that Retry-After says.",
            Reason::CostAboveBurst => "This request costs more than the quota ever allows at once.",
            Reason::TooManyWaiting => "Too many requests are queued already.",
            Reason::Undecided => "The limits of this request cannot be checked at the moment.",
        };
        let status = self.status();
        // Names of policies need no escapes.
        let names: Vec<&str> = self.policies.iter().map(|policy| policy.name()).collect();
        let names = names.join("\",\"");
        let body = format!(
            "{{\"type\":\"https://iana.org/assignments/http-problem-types#{kind}\",\"title\":\"{title}\",\
             \"status\":{},\"detail\":\"{detail}\",\"violated-policies\":[\"{names}\"]}}",
            status.as_u16(),
        );
        HttpResponse::build(status).insert_header((header::CONTENT_TYPE, "application/problem+json")).body(body)
    }
}

//! The answer to a request that may not pass.

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
};
use smallvec::SmallVec;

use crate::policy::Policy;

/// Why a request may not pass, for the function that writes the answer.
#[derive(Debug)]
pub struct Refusal<'a> {
    /// The request.
    pub request: &'a HttpRequest,
    /// Why.
    pub reason: Reason,
    /// The policies that refuse.
    pub policies: SmallVec<[&'a Policy; 2]>,
    /// When to try again, in whole seconds, as `Retry-After` says it; `None` when it would never help.
    pub retry_after: Option<Duration>,
}

/// Why a request may not pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// A limit is exceeded.
    QuotaExceeded,
    /// The request costs more than the policy's burst: no waiting helps.
    CostAboveBurst,
    /// It would have to wait its turn, and too many wait already.
    TooManyWaiting,
    /// The store cannot decide, and the policy lets nothing pass then.
    Undecided,
}

impl Refusal<'_> {
    /// 503 when nobody could decide, else 429.
    pub fn status(&self) -> StatusCode {
        match self.reason {
            Reason::Undecided => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::TOO_MANY_REQUESTS,
        }
    }

    /// The answer unless the service writes its own: a problem document (RFC 9457) of the types that
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
            Reason::TooManyWaiting => "Too many requests wait for their turn already.",
            Reason::Undecided => "Whether this request is within its limits cannot be told at the moment.",
        };
        let status = self.status();
        // Names of policies need no escape.
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

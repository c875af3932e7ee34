//! The span of a request, as known to all that start, sample, filter or export spans: its names, the attributes that its
//! descendants inherit, and the mark of spans that are not exported.

use super::trust::TraceTrust;
use crate::base::request_id::RequestId;

/// Name of a request's span, used by filters.
pub(crate) const REQUEST: &str = "request";
/// Name of the span of health checks and probes, which only the log uses.
pub(crate) const PROBE: &str = "probe";

/// Attribute of spans that are not exported.
pub(crate) const DISCARDED: &str = "marquee.discarded";

/// Attributes inherited by all spans of a request, at any depth.
#[derive(Debug, Clone)]
pub(crate) struct RequestAttributes {
    /// Service that serves the request; several may share a process.
    pub service: &'static str,
    pub request_id: RequestId,
    pub trust: TraceTrust,
}

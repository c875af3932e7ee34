//! Names of the headers that are part of the contract, in lower case.

/// Request id: accepted when well-formed, otherwise generated; on every response.
pub const REQUEST_ID: &str = "x-request-id";
/// A structured field (RFC 9651) on degraded responses: `auth;reason=circuit_open`.
pub const DEGRADED: &str = "degraded";
/// Remaining time of the caller in milliseconds. Relative, so clocks need not agree.
pub const REQUEST_DEADLINE: &str = "x-request-deadline-ms";
/// Device id, as reported by the client; used by limits only.
pub const DEVICE_ID: &str = "x-device-id";
/// Start of the deprecation of an endpoint (RFC 9745).
pub const DEPRECATION: &str = "deprecation";
/// Announced end of an endpoint (RFC 8594).
pub const SUNSET: &str = "sunset";

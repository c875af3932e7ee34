//! Names of the headers that are part of the contract, in lower case.

/// The id of a request: accepted when well-formed, else made; on every answer.
pub const REQUEST_ID: &str = "x-request-id";
/// A structured field (RFC 9651) on answers that lack something: `auth;reason=circuit_open`.
pub const DEGRADED: &str = "degraded";
/// How many milliseconds the caller will still wait. Relative, so clocks need not agree.
pub const REQUEST_DEADLINE: &str = "x-request-deadline-ms";
/// The device of the caller, in its own words; only limits look at it.
pub const DEVICE_ID: &str = "x-device-id";

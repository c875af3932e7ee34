//! Codes of requests, and the replies to requests for one.

use account_flows::problems::from_invalid_code;
use accounts::{CODE_VALIDITY, TypedCode};
use contracts::auth::addresses::CodeRequested;
use service_kit::ApiError;

/// Reads a typed code.
pub(super) fn typed_code(pointer: &str, text: &str) -> Result<TypedCode, ApiError> {
    TypedCode::parse(text).map_err(|error| from_invalid_code(pointer, error))
}

/// Validity of a code in seconds.
pub(super) fn expires_in() -> u64 {
    CODE_VALIDITY.num_seconds().unsigned_abs()
}

/// A code was asked for.
pub(super) fn requested() -> CodeRequested {
    CodeRequested { expires_in: expires_in() }
}

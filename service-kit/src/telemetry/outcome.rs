//! Errors that mark a span as failed. A client error (4xx: absent, rejected, in conflict) is a result like any other;
//! the span that produced it has not failed (OpenTelemetry, semantic conventions of HTTP server spans).

use std::fmt::Display;

use crate::base::error::ApiError;

/// An error type that distinguishes failures from client errors. Errors of all other types are failures.
pub trait ClassifyError {
    /// `true` for a failure of this service.
    fn is_failure(&self) -> bool;
}

impl ClassifyError for ApiError {
    fn is_failure(&self) -> bool {
        self.code().status >= 500
    }
}

/// Marks the current span with the error returned by a function with `#[trace]`.
#[doc(hidden)]
pub fn record(error: &dyn Display) {
    tracing::error!(target: "trace", error = %error);
}

/// An error of any type. Of the two traits below, method resolution prefers the first where it is implemented.
#[doc(hidden)]
#[derive(Debug)]
pub struct Returned<'a, E>(pub &'a E);

#[doc(hidden)]
pub trait Classified {
    fn is_failure(&self) -> bool;
}

impl<E: ClassifyError> Classified for Returned<'_, E> {
    fn is_failure(&self) -> bool {
        self.0.is_failure()
    }
}

#[doc(hidden)]
pub trait Unclassified {
    fn is_failure(&self) -> bool;
}

impl<E> Unclassified for &Returned<'_, E> {
    fn is_failure(&self) -> bool {
        true
    }
}

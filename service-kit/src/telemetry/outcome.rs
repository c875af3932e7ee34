//! Which errors mark a span. An answer that the caller has earned (4xx: absent, refused, in conflict) is a result like any
//! other; the span of the work that found it out has not failed (OpenTelemetry, semantic conventions of HTTP server spans).

use std::fmt::Display;

use crate::error::ApiError;

/// An error type that tells failures from results that the caller has earned. Errors of all other types are failures.
pub trait Outcome {
    /// `true` when something failed on our side.
    fn is_failure(&self) -> bool;
}

impl Outcome for ApiError {
    fn is_failure(&self) -> bool {
        self.code().status >= 500
    }
}

/// Marks the current span with the error that a function of `#[trace]` returns.
#[doc(hidden)]
pub fn record(error: &dyn Display) {
    tracing::error!(target: "trace", error = %error);
}

/// An error of any type. Of the two traits below, the compiler takes the first one where it holds.
#[doc(hidden)]
#[derive(Debug)]
pub struct Returned<'a, E>(pub &'a E);

#[doc(hidden)]
pub trait KnownOutcome {
    fn is_failure(&self) -> bool;
}

impl<E: Outcome> KnownOutcome for Returned<'_, E> {
    fn is_failure(&self) -> bool {
        self.0.is_failure()
    }
}

#[doc(hidden)]
pub trait UnknownOutcome {
    fn is_failure(&self) -> bool;
}

impl<E> UnknownOutcome for &Returned<'_, E> {
    fn is_failure(&self) -> bool {
        true
    }
}

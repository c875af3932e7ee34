//! Which request this is about: kept with the request's span, found from wherever that span is entered. Works with
//! tracing switched off as well, so that log lines and outgoing calls always have their ids.

use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};
use tracing::Span;
use tracing_subscriber::Registry;
use tracing_subscriber::registry::{LookupSpan, SpanRef};

use crate::request_id::RequestId;

/// The request that a span belongs to.
#[derive(Debug, Clone)]
pub(crate) struct RequestContext {
    pub request_id: RequestId,
    pub trace_id: TraceId,
    /// The span that serves the request.
    pub span_id: SpanId,
    /// What called services are told while this process traces nothing: the caller's own span, so that traces go on
    /// through us, or a made-up one.
    pub outgoing_parent: SpanContext,
}

impl RequestContext {
    /// The ids of a request whose span is recorded or at least decided on.
    pub(super) fn traced(request_id: RequestId, span: &SpanContext) -> Self {
        Self { request_id, trace_id: span.trace_id(), span_id: span.span_id(), outgoing_parent: span.clone() }
    }

    /// The ids of a request while this process traces nothing.
    pub(super) fn untraced(request_id: RequestId, caller: Option<SpanContext>) -> Self {
        let span_id = SpanId::from(rand::random_range(1..=u64::MAX));
        let made_up = || {
            let trace_id = TraceId::from(rand::random_range(1..=u128::MAX));
            SpanContext::new(trace_id, span_id, TraceFlags::NOT_SAMPLED, false, TraceState::default())
        };
        let beyond = caller.unwrap_or_else(made_up);
        Self { request_id, trace_id: beyond.trace_id(), span_id, outgoing_parent: beyond }
    }

    /// Keeps this with `span`, if anybody looks at that span at all.
    pub(super) fn attach(self, span: &Span) {
        let mut scope = Some(self);
        span.with_subscriber(|(id, dispatch)| {
            if let Some(span) = dispatch.downcast_ref::<Registry>().and_then(|registry| registry.span(id))
                && let Some(scope) = scope.take()
            {
                span.extensions_mut().insert(scope);
            }
        });
    }

    /// The request that is being served right here.
    pub(crate) fn current() -> Option<Self> {
        let found = Span::current().with_subscriber(|(id, dispatch)| {
            let span = dispatch.downcast_ref::<Registry>()?.span(id)?;
            Self::of_span(&span)
        });
        found.flatten()
    }

    /// The request that `span` is part of.
    pub(crate) fn of_span<'a, R: LookupSpan<'a>>(span: &SpanRef<'a, R>) -> Option<Self> {
        span.scope().find_map(|span| span.extensions().get::<Self>().cloned())
    }
}

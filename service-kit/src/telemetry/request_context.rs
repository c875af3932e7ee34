//! Ids of the current request: stored with the request's span, found from all spans within. Works without tracing too,
//! so that log lines and outgoing calls always have their ids.

use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};
use tracing::Span;
use tracing_subscriber::Registry;
use tracing_subscriber::registry::{LookupSpan, SpanRef};

use crate::base::request_id::RequestId;

/// Ids of the request that a span belongs to.
#[derive(Debug, Clone)]
pub(crate) struct RequestContext {
    pub request_id: RequestId,
    pub trace_id: TraceId,
    /// Span of the request.
    pub span_id: SpanId,
    /// Parent sent to called services while this process records no traces: the caller's own span, so that traces
    /// continue through this service, or a generated one.
    pub outgoing_parent: SpanContext,
}

impl RequestContext {
    /// Ids of a request whose span has a sampling decision.
    pub(crate) fn traced(request_id: RequestId, span: &SpanContext) -> Self {
        Self { request_id, trace_id: span.trace_id(), span_id: span.span_id(), outgoing_parent: span.clone() }
    }

    /// Ids of a request while this process records no traces.
    pub(crate) fn untraced(request_id: RequestId, caller: Option<SpanContext>) -> Self {
        let span_id = SpanId::from(rand::random_range(1..=u64::MAX));
        let generated = || {
            let trace_id = TraceId::from(rand::random_range(1..=u128::MAX));
            SpanContext::new(trace_id, span_id, TraceFlags::NOT_SAMPLED, false, TraceState::default())
        };
        let parent = caller.unwrap_or_else(generated);
        Self { request_id, trace_id: parent.trace_id(), span_id, outgoing_parent: parent }
    }

    /// Stores this with `span`; no effect for a span without subscriber.
    pub(crate) fn attach(self, span: &Span) {
        let mut context = Some(self);
        span.with_subscriber(|(id, dispatch)| {
            if let Some(span) = dispatch.downcast_ref::<Registry>().and_then(|registry| registry.span(id))
                && let Some(context) = context.take()
            {
                span.extensions_mut().insert(context);
            }
        });
    }

    /// Ids of the request being served.
    pub(crate) fn current() -> Option<Self> {
        let found = Span::current().with_subscriber(|(id, dispatch)| {
            let span = dispatch.downcast_ref::<Registry>()?.span(id)?;
            Self::of_span(&span)
        });
        found.flatten()
    }

    /// Ids of the request that `span` is part of.
    pub(crate) fn of_span<'a, R: LookupSpan<'a>>(span: &SpanRef<'a, R>) -> Option<Self> {
        span.scope().find_map(|span| span.extensions().get::<Self>().cloned())
    }
}

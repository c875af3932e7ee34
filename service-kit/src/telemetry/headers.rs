//! W3C Trace Context in headers: `traceparent` in and out, `tracestate` between services that trust each other.
//! `baggage` is neither read nor written: any client could set it.

use actix_web::http::header::HeaderMap;
use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{SpanContext, TraceContextExt};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use reqwest::RequestBuilder;

use super::trust::TraceTrust;

const TRACEPARENT: &str = "traceparent";
const TRACESTATE: &str = "tracestate";

/// Span of the caller, if it names exactly one.
pub(crate) fn caller(headers: &HeaderMap, trust: TraceTrust) -> Option<SpanContext> {
    headers.get(TRACEPARENT)?;
    let cx = TraceContextPropagator::new().extract_with_context(&Context::new(), &Incoming { headers, trust });
    let span = cx.span().span_context().clone();
    span.is_valid().then_some(span)
}

/// Adds the headers with which the called service continues the trace of `cx`.
pub(crate) fn send(request: RequestBuilder, cx: &Context) -> RequestBuilder {
    let mut outgoing = Outgoing(Some(request));
    TraceContextPropagator::new().inject_context(cx, &mut outgoing);
    outgoing.0.expect("every header that is set puts the request back")
}

struct Incoming<'a> {
    headers: &'a HeaderMap,
    trust: TraceTrust,
}

impl Extractor for Incoming<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        // Other vendors' state is accepted from trusted callers only.
        if key == TRACESTATE && self.trust != TraceTrust::Trust {
            return None;
        }
        let mut values = self.headers.get_all(key);
        match (values.next(), values.next()) {
            (Some(value), None) => value.to_str().ok(),
            _ => None,
        }
    }

    fn keys(&self) -> Vec<&str> {
        vec![TRACEPARENT, TRACESTATE]
    }
}

struct Outgoing(Option<RequestBuilder>);

impl Injector for Outgoing {
    fn set(&mut self, key: &str, value: String) {
        // An empty `tracestate` is omitted.
        if !value.is_empty() {
            self.0 = self.0.take().map(|request| request.header(key, value));
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn headers(fields: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in fields {
            map.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        map
    }

    #[test]
    fn a_single_well_formed_traceparent_is_taken() {
        let span = caller(&headers(&[(TRACEPARENT, GOOD)]), TraceTrust::Resample).expect("a caller");
        assert_eq!(span.trace_id().to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(span.span_id().to_string(), "00f067aa0ba902b7");
        assert!(span.is_remote() && span.is_sampled());
    }

    #[test]
    fn anything_else_is_no_caller() {
        for bad in ["", "00", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7", "00-0-0-01"] {
            assert!(caller(&headers(&[(TRACEPARENT, bad)]), TraceTrust::Trust).is_none(), "{bad}");
        }
        let zeros = "00-00000000000000000000000000000000-00f067aa0ba902b7-01";
        assert!(caller(&headers(&[(TRACEPARENT, zeros)]), TraceTrust::Trust).is_none());
        assert!(caller(&headers(&[(TRACEPARENT, GOOD), (TRACEPARENT, GOOD)]), TraceTrust::Trust).is_none());
    }

    #[test]
    fn tracestate_comes_in_from_trusted_callers_only() {
        let headers = headers(&[(TRACEPARENT, GOOD), (TRACESTATE, "vendor=token")]);
        let state = |trust| caller(&headers, trust).expect("a caller").trace_state().header();
        assert_eq!(state(TraceTrust::Trust), "vendor=token");
        assert_eq!(state(TraceTrust::Resample), "");
    }
}

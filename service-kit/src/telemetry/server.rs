//! The span of a request on the server: one each, with everything below it inside.

use std::rc::Rc;

use actix_web::dev::ServiceRequest;
use actix_web::http::{StatusCode, Version};
use actix_web::{HttpRequest, web};
use opentelemetry::trace::{Status, TraceContextExt};
use opentelemetry::{Context, KeyValue};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::request_context::RequestContext;
use super::sampling::TraceTrust;
use super::{OTHER_METHOD, headers, method_word};
use crate::health::Readiness;
use crate::request_id::RequestId;
use crate::server::rejection::ConnectionData;

/// The name of a request's span, by which filters know it.
pub(crate) const REQUEST: &str = "request";
/// The name of the span of a health check or a probe: only the log sees it.
pub(crate) const PROBE: &str = "probe";

/// The attribute of a span that is not exported.
pub(super) const DISCARDED: &str = "cinema.discarded";

/// What every span of a request inherits, however deep it is.
#[derive(Debug, Clone)]
pub(super) struct RequestAttributes {
    /// The service that serves it; several may share a process.
    pub service: &'static str,
    pub request_id: RequestId,
    pub callers: TraceTrust,
}

/// The span of a request that is being served.
pub(crate) struct ServerSpan {
    span: Span,
    /// Where it is recorded, if it is.
    recorded: Option<Context>,
}

impl ServerSpan {
    /// Begins the span. What machines ask twice a second is not traced.
    pub(crate) fn start(request: &ServiceRequest, request_id: &RequestId, probe: bool, callers: TraceTrust) -> Self {
        let service = request.app_data::<web::Data<Readiness>>().map_or("", |readiness| readiness.service());
        let caller = headers::caller(request.headers(), callers);
        let span =
            if probe { tracing::info_span!("probe") } else { tracing::info_span!("request", otel.kind = "server") };
        let mut above =
            Context::new().with_value(RequestAttributes { service, request_id: request_id.clone(), callers });
        if let Some(caller) = caller.clone().filter(|_| callers != TraceTrust::Restart) {
            above = above.with_remote_span_context(caller);
        }
        if probe || span.set_parent(above).is_err() {
            RequestContext::untraced(request_id.clone(), caller).attach(&span);
            return Self { span, recorded: None };
        }
        if let Some(caller) = caller.filter(|_| callers == TraceTrust::Restart) {
            span.add_link(caller);
        }
        let cx = span.context();
        RequestContext::traced(request_id.clone(), cx.span().span_context()).attach(&span);
        let recorded = cx.span().is_recording().then_some(cx);
        Self { span, recorded }
    }

    /// The span itself, for what runs inside.
    pub(crate) fn span(&self) -> &Span {
        &self.span
    }

    /// Keeps the span from the collector. Spans below it stay.
    pub(crate) fn discard(&self) {
        if let Some(cx) = &self.recorded {
            cx.span().set_attribute(KeyValue::new(DISCARDED, true));
        }
    }

    /// Says how the request was answered. The route is the template, never the path, which holds what people typed.
    pub(crate) fn record_response(
        &self,
        method: &str,
        status: StatusCode,
        route: Option<&'static str>,
        request: Option<&HttpRequest>,
    ) {
        let Some(cx) = &self.recorded else { return };
        let span = cx.span();
        let method = method_word(method);
        // Of methods that are not known the name says `HTTP` (OpenTelemetry, semantic conventions of HTTP spans).
        let verb = if method == OTHER_METHOD { "HTTP" } else { method };
        span.update_name(route.map_or_else(|| verb.to_owned(), |route| format!("{verb} {route}")));
        let about = [
            KeyValue::new("http.request.method", method),
            KeyValue::new("http.response.status_code", i64::from(status.as_u16())),
            KeyValue::new("url.scheme", "http"),
        ];
        span.set_attributes(about);
        if let Some(route) = route {
            span.set_attribute(KeyValue::new("http.route", route));
        }
        if let Some(request) = request {
            span.set_attribute(KeyValue::new("network.protocol.version", version(request.version())));
            if let Some(connection) = request.conn_data::<Rc<ConnectionData>>() {
                span.set_attribute(KeyValue::new("server.port", i64::from(connection.local_port)));
            }
        }
        if status.is_server_error() {
            span.set_attribute(KeyValue::new("error.type", status.as_str().to_owned()));
            span.set_status(Status::error(""));
        }
    }
}

fn version(version: Version) -> &'static str {
    match version {
        Version::HTTP_10 => "1.0",
        Version::HTTP_2 => "2",
        _ => "1.1",
    }
}

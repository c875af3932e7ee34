//! Server span of a request, the parent of all its other spans.

use std::rc::Rc;

use actix_web::dev::ServiceRequest;
use actix_web::http::{StatusCode, Version};
use actix_web::{HttpRequest, web};
use opentelemetry::trace::{Status, TraceContextExt};
use opentelemetry::{Context, KeyValue};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::method::{OTHER_METHOD, method_label};
use super::readiness::Readiness;
use super::transport::rejection::ConnectionData;
use crate::base::request_id::RequestId;
use crate::telemetry::headers;
use crate::telemetry::request_context::RequestContext;
use crate::telemetry::request_span::{DISCARDED, RequestAttributes};
use crate::telemetry::trust::TraceTrust;

/// Span of a request being served.
pub(crate) struct ServerSpan {
    span: Span,
    /// Its context while it is recorded.
    recorded: Option<Context>,
}

impl ServerSpan {
    /// Starts the span. Health checks and probes are not traced.
    pub(crate) fn start(request: &ServiceRequest, request_id: &RequestId, probe: bool, trust: TraceTrust) -> Self {
        let service = request.app_data::<web::Data<Readiness>>().map_or("", |readiness| readiness.service());
        let caller = headers::caller(request.headers(), trust);
        let span =
            if probe { tracing::info_span!("probe") } else { tracing::info_span!("request", otel.kind = "server") };
        let mut parent =
            Context::new().with_value(RequestAttributes { service, request_id: request_id.clone(), trust });
        if let Some(caller) = caller.clone().filter(|_| trust != TraceTrust::Restart) {
            parent = parent.with_remote_span_context(caller);
        }
        if probe || span.set_parent(parent).is_err() {
            RequestContext::untraced(request_id.clone(), caller).attach(&span);
            return Self { span, recorded: None };
        }
        if let Some(caller) = caller.filter(|_| trust == TraceTrust::Restart) {
            span.add_link(caller);
        }
        let cx = span.context();
        RequestContext::traced(request_id.clone(), cx.span().span_context()).attach(&span);
        let recorded = cx.span().is_recording().then_some(cx);
        Self { span, recorded }
    }

    /// The span, to run the request in.
    pub(crate) fn span(&self) -> &Span {
        &self.span
    }

    /// Excludes the span from export, but not its children.
    pub(crate) fn discard(&self) {
        if let Some(cx) = &self.recorded {
            cx.span().set_attribute(KeyValue::new(DISCARDED, true));
        }
    }

    /// Records the response. The route is the template, never the path, which contains user input.
    pub(crate) fn record_response(
        &self,
        method: &str,
        status: StatusCode,
        route: Option<&'static str>,
        request: Option<&HttpRequest>,
    ) {
        let Some(cx) = &self.recorded else { return };
        let span = cx.span();
        let method = method_label(method);
        // Span names have `HTTP` for unknown methods (OpenTelemetry, semantic conventions of HTTP spans).
        let verb = if method == OTHER_METHOD { "HTTP" } else { method };
        span.update_name(route.map_or_else(|| verb.to_owned(), |route| format!("{verb} {route}")));
        let attributes = [
            KeyValue::new("http.request.method", method),
            KeyValue::new("http.response.status_code", i64::from(status.as_u16())),
            KeyValue::new("url.scheme", "http"),
        ];
        span.set_attributes(attributes);
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

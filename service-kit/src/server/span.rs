//! Server span of a request, the parent of all its other spans. [`TracingLogger`](tracing_actix_web::TracingLogger) runs
//! the request in it, and the sending of the response.

use std::rc::Rc;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{StatusCode, Version};
use actix_web::{Error, HttpMessage, HttpRequest, web};
use opentelemetry::trace::{SpanContext, SpanRef, Status, TraceContextExt};
use opentelemetry::{Context, KeyValue};
use tracing::Span;
use tracing_actix_web::RootSpanBuilder;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::method::{OTHER_METHOD, method_label};
use super::readiness::Readiness;
use super::route;
use super::settings::RequestRules;
use super::transport::rejection::ConnectionData;
use crate::base::request_id::RequestId;
use crate::client::breaker::probe;
use crate::telemetry::headers;
use crate::telemetry::request_context::RequestContext;
use crate::telemetry::request_span::{DISCARDED, RequestAttributes};
use crate::telemetry::trust::TraceTrust;

/// Builds the span of each request. The builder of the library records the whole URL; this one records its template.
pub(super) struct RequestSpanBuilder;

impl RootSpanBuilder for RequestSpanBuilder {
    /// Starts the span, and stores the [`RequestId`] with the request. Health checks are not traced.
    fn on_request_start(request: &ServiceRequest) -> Span {
        let id = RequestId::of(request.headers());
        request.extensions_mut().insert(id.clone());
        let trust = request.app_data::<RequestRules>().copied().unwrap_or_default().trace_trust;
        let caller = headers::caller(request.headers(), trust);
        let probe = route::is_polled(request.path());
        let method = method_label(request.method().as_str());
        let span = if probe {
            tracing::info_span!("probe")
        } else {
            tracing::info_span!("request", otel.kind = "server", otel.name = verb(method))
        };
        if probe || span.set_parent(parent(request, &id, trust, caller.as_ref())).is_err() {
            RequestContext::untraced(id, caller).attach(&span);
            return span;
        }
        if let Some(caller) = caller.filter(|_| trust == TraceTrust::Restart) {
            span.add_link(caller);
        }
        let cx = span.context();
        RequestContext::traced(id, cx.span().span_context()).attach(&span);
        cx.span().set_attribute(KeyValue::new("http.request.method", method));
        span
    }

    /// Records the response, and ends the span: sending a body to a slow client is no work of the service. Probes of a
    /// breaker that succeed are excluded from export, but not their children.
    fn on_request_end<B: MessageBody>(span: Span, outcome: &Result<ServiceResponse<B>, Error>) {
        let cx = span.context();
        let span = cx.span();
        if !span.is_recording() {
            return;
        }
        match outcome {
            Ok(response) => {
                record_request(&span, response.request());
                record_status(&span, response.status());
                let is_probe = response.request().extensions().contains::<probe::Recognized>();
                if is_probe && response.status().as_u16() < 400 {
                    span.set_attribute(KeyValue::new(DISCARDED, true));
                }
            }
            Err(error) => record_status(&span, error.as_response_error().status_code()),
        }
        span.end();
    }
}

/// Parent of the span: attributes for it and its descendants, and the caller's span where its trace is continued.
fn parent(request: &ServiceRequest, id: &RequestId, trust: TraceTrust, caller: Option<&SpanContext>) -> Context {
    let service = request.app_data::<web::Data<Readiness>>().map_or("", |readiness| readiness.service());
    let parent = Context::new().with_value(RequestAttributes { service, request_id: id.clone(), trust });
    match caller.filter(|_| trust != TraceTrust::Restart) {
        Some(caller) => parent.with_remote_span_context(caller.clone()),
        None => parent,
    }
}

/// Records the route, which is the template, never the path, which contains user input.
fn record_request(span: &SpanRef<'_>, request: &HttpRequest) {
    if let Some(route) = route::of(request) {
        span.update_name(format!("{} {route}", verb(method_label(request.method().as_str()))));
        span.set_attribute(KeyValue::new("http.route", route));
    }
    span.set_attribute(KeyValue::new("network.protocol.version", version(request.version())));
    if let Some(connection) = request.conn_data::<Rc<ConnectionData>>() {
        span.set_attribute(KeyValue::new("server.port", i64::from(connection.local_port)));
    }
}

fn record_status(span: &SpanRef<'_>, status: StatusCode) {
    span.set_attribute(KeyValue::new("http.response.status_code", i64::from(status.as_u16())));
    span.set_attribute(KeyValue::new("url.scheme", "http"));
    if status.is_server_error() {
        span.set_attribute(KeyValue::new("error.type", status.as_str().to_owned()));
        span.set_status(Status::error(""));
    }
}

/// Span names have `HTTP` for unknown methods (OpenTelemetry, semantic conventions of HTTP spans).
fn verb(method: &'static str) -> &'static str {
    if method == OTHER_METHOD { "HTTP" } else { method }
}

fn version(version: Version) -> &'static str {
    match version {
        Version::HTTP_10 => "1.0",
        Version::HTTP_2 => "2",
        _ => "1.1",
    }
}

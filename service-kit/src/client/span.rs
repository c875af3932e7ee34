//! Span and metrics of a call to another service: one each per attempt.

use std::time::Instant;

use contracts::endpoint::Endpoint;
use opentelemetry::trace::{SpanKind, Status, TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue};
use reqwest::{RequestBuilder, StatusCode};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use url::Url;

use super::failure::{CallError, FailureKind};
use super::metrics;
use crate::telemetry::request_context::RequestContext;
use crate::telemetry::{headers, tracer};

/// A call in progress. Dropped past its deadline it counts as a timeout; dropped before, as cancelled by the caller,
/// which is neither a failure nor a measurement of the other side.
pub(super) struct ClientSpan {
    cx: Option<Context>,
    started: Instant,
    /// Deadline of the call.
    deadline: tokio::time::Instant,
    method: &'static str,
    template: &'static str,
    server: String,
    port: u16,
    status: Option<StatusCode>,
    open: bool,
}

impl ClientSpan {
    /// Starts a call of endpoint `E` at `base`; `resend` counts the attempts before it.
    pub(super) fn start<E: Endpoint>(base: &Url, deadline: tokio::time::Instant, resend: u8) -> Self {
        Self::start_call(E::METHOD.as_str(), E::PATH, base, deadline, resend)
    }

    /// Starts a call at the host of `base`; `template` stands for its path, which is not recorded.
    pub(super) fn start_call(
        method: &'static str,
        template: &'static str,
        base: &Url,
        deadline: tokio::time::Instant,
        resend: u8,
    ) -> Self {
        let server = base.host_str().unwrap_or_default().to_owned();
        let port = base.port_or_known_default().unwrap_or_default();
        let parent = Span::current().context();
        let cx = tracer().filter(|_| parent.span().span_context().is_valid()).map(|tracer| {
            let mut attributes = Vec::with_capacity(8);
            if parent.span().is_recording() {
                attributes.extend([
                    KeyValue::new("http.request.method", method),
                    KeyValue::new("url.template", template),
                    KeyValue::new("server.address", server.clone()),
                    KeyValue::new("server.port", i64::from(port)),
                ]);
                if resend > 0 {
                    attributes.push(KeyValue::new("http.request.resend_count", i64::from(resend)));
                }
            }
            let builder = tracer.span_builder(format!("{method} {template}"));
            let builder = builder.with_kind(SpanKind::Client).with_attributes(attributes);
            parent.with_span(tracer.build_with_context(builder, &parent))
        });
        Self { cx, started: Instant::now(), deadline, method, template, server, port, status: None, open: true }
    }

    /// Adds `traceparent` to the call.
    pub(super) fn send(&self, request: RequestBuilder) -> RequestBuilder {
        match (&self.cx, RequestContext::current()) {
            (Some(cx), _) => headers::send(request, cx),
            (None, Some(context)) => {
                headers::send(request, &Context::new().with_remote_span_context(context.outgoing_parent))
            }
            (None, None) => request,
        }
    }

    /// Records the status of the response.
    pub(super) fn status(&mut self, status: StatusCode) {
        self.status = Some(status);
    }

    /// Records the outcome of the call.
    pub(super) fn end(mut self, error: Option<&CallError>) {
        let failure = match error {
            None => None,
            Some(CallError::Failed(kind) | CallError::RetryAfter { kind, .. }) => Some(kind.as_str().to_owned()),
            Some(CallError::Refused(problem)) => Some(problem.status.to_string()),
        };
        self.close(failure);
    }

    fn close(&mut self, failure: Option<String>) {
        let call = metrics::Call {
            method: self.method,
            template: self.template,
            server: &self.server,
            port: self.port,
            status: self.status.map(|status| status.as_u16()),
            failure: failure.as_deref(),
        };
        metrics::record_client_call(&call, self.started.elapsed());
        self.end_span(failure);
    }

    fn end_span(&mut self, failure: Option<String>) {
        self.open = false;
        let Some(cx) = &self.cx else { return };
        let span = cx.span();
        if let Some(status) = self.status {
            span.set_attribute(KeyValue::new("http.response.status_code", i64::from(status.as_u16())));
        }
        if let Some(failure) = failure {
            span.set_attribute(KeyValue::new("error.type", failure));
            span.set_status(Status::error(""));
        }
        span.end();
    }
}

impl Drop for ClientSpan {
    fn drop(&mut self) {
        if !self.open {
            return;
        }
        if tokio::time::Instant::now() >= self.deadline {
            self.close(Some(FailureKind::ResponseTimeout.as_str().to_owned()));
        } else {
            self.end_span(None);
        }
    }
}

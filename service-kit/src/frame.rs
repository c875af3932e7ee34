//! The outermost middleware. Whatever happens inside, an answer leaves with a request id, errors leave as problem
//! documents with a declared code, a panic takes one request and not the worker, and one line is logged.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, ResponseError};
use contracts::codes;
use contracts::endpoint::Endpoint;
use contracts::headers::REQUEST_ID;
use contracts::health::{GetLivez, GetReadyz};
use contracts::problem::{CONTENT_TYPE, Code};
use futures_util::FutureExt;
use tracing::Instrument;

use crate::breaker::probe;
use crate::endpoint::Mounted;
use crate::error::ApiError;
use crate::limits;
use crate::request_id::RequestId;

/// Serves one request inside the frame.
///
/// # Errors
/// Only with a reply that is complete already: actix then has no request to answer to.
pub async fn frame<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let started = Instant::now();
    let id = RequestId::of(request.headers());
    request.extensions_mut().insert(id.clone());
    let span = tracing::info_span!("request", request_id = id.as_str());
    let log = AccessLog { method: request.method().clone(), started, probe: id.as_str() == probe::REQUEST_ID };
    let served = AssertUnwindSafe(next.call(request)).catch_unwind().instrument(span.clone()).await;
    span.in_scope(|| match served {
        Ok(Ok(reply)) => {
            let (request, reply) = reply.map_into_boxed_body().into_parts();
            let reply = finish(reply, &id, Some(&request));
            log.write(&reply, request.match_pattern().as_deref());
            Ok(ServiceResponse::new(request, reply))
        }
        Ok(Err(error)) => Err(complete(finish(error.error_response(), &id, None), &log)),
        Err(panic) => {
            let error = ApiError::internal(panic_message(panic.as_ref()));
            Err(complete(finish(error.error_response(), &id, None), &log))
        }
    })
}

/// Turns error replies into problems and puts the request id on every reply.
fn finish(mut reply: HttpResponse, id: &RequestId, request: Option<&HttpRequest>) -> HttpResponse {
    if let Some(error) = failure_of(&mut reply) {
        let error = if declared(request, error.code()) {
            error
        } else {
            let problem = format!("undeclared code {}", error.code().code);
            ApiError::internal(problem)
        };
        error.log();
        let mut problem = error.render(id.as_str());
        for (name, value) in reply.headers() {
            if !problem.headers().contains_key(name) && name != header::CONTENT_LENGTH {
                problem.headers_mut().insert(name.clone(), value.clone());
            }
        }
        reply = problem;
    }
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        reply.headers_mut().insert(HeaderName::from_static(REQUEST_ID), value);
    }
    reply.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Some(request) = request {
        let status = reply.status();
        limits::speak(request, status, reply.headers_mut());
    }
    reply
}

/// What went wrong, if something did: our own error, or one that actix answered by itself.
fn failure_of(reply: &mut HttpResponse) -> Option<ApiError> {
    if let Some(error) = reply.extensions_mut().remove::<ApiError>() {
        return Some(error);
    }
    let status = reply.status().as_u16();
    let is_problem = reply.headers().get(header::CONTENT_TYPE).is_some_and(|value| value == CONTENT_TYPE);
    if status < 400 || is_problem {
        return None;
    }
    Some(ApiError::new(match status {
        404 => codes::NO_SUCH_ROUTE,
        405 => codes::METHOD_NOT_ALLOWED,
        408 => codes::REQUEST_TIMEOUT,
        413 => codes::BODY_TOO_LARGE,
        415 => codes::UNSUPPORTED_MEDIA_TYPE,
        400..=499 => codes::BAD_REQUEST,
        503 => codes::UNAVAILABLE,
        _ => codes::INTERNAL,
    }))
}

/// Whether the endpoint that was met may answer this code.
fn declared(request: Option<&HttpRequest>, code: &Code) -> bool {
    request.and_then(Mounted::endpoint).is_none_or(|endpoint| endpoint.may_answer(code))
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("a handler panicked: {}", text.unwrap_or("no message"))
}

fn complete(reply: HttpResponse, log: &AccessLog) -> actix_web::Error {
    log.write(&reply, None);
    actix_web::error::InternalError::from_response("complete reply", reply).into()
}

/// One line per request. The route, never the path: paths and queries may hold what people typed. What machines ask
/// twice a second is logged at debug.
struct AccessLog {
    method: actix_web::http::Method,
    started: Instant,
    probe: bool,
}

impl AccessLog {
    fn write(&self, reply: &HttpResponse, route: Option<&str>) {
        let (method, route, status) = (self.method.as_str(), route.unwrap_or("-"), reply.status().as_u16());
        let duration_ms = self.started.elapsed().as_micros() as f64 / 1000.0;
        let health = route == GetLivez::PATH || route == GetReadyz::PATH;
        if (self.probe || health) && status < 400 {
            tracing::debug!(method, route, status, duration_ms, "served");
        } else {
            tracing::info!(method, route, status, duration_ms, "served");
        }
    }
}

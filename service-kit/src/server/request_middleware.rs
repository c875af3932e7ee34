//! The middleware around all others, inside the span of the request. Every response has a request id, errors become
//! problem documents with a declared code, a panic fails one request and not the worker, and one line is logged.

use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::ConnectionType;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, ResponseError, web};
use contracts::codes;
use contracts::error_format::ErrorFormat;
use contracts::headers::REQUEST_ID;
use contracts::problem::{CONTENT_TYPE, Code};
use futures_util::FutureExt;
use tracing::{Instrument, Span};

use super::cors::{RequestOrigin, is_preflight};
use super::mounted::Mounted;
use super::pages::{ErrorPages, PageRequest};
use super::readiness::Readiness;
use super::settings::RequestRules;
use super::transport::rejection::{ConnectionData, RequestRejection};
use super::{deprecation, limits, metrics, route};
use crate::base::error::ApiError;
use crate::base::request_id::RequestId;
use crate::client::breaker::probe;

/// Serves one request inside the middleware.
///
/// # Errors
/// With a complete response only: actix then has no request to respond to.
pub(super) async fn request_middleware<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let started = Instant::now();
    let rules = request.app_data::<RequestRules>().copied().unwrap_or_default();
    let known_id = request.extensions().get::<RequestId>().cloned();
    let id = known_id.unwrap_or_else(RequestId::new);
    // No header suppresses logging: any client could send it.
    let probe = route::is_polled(request.path());
    let is_id_missing = rules.require_request_id && RequestId::from_caller(request.headers()).is_none();
    let page = PageRequest::of(request.app_data::<ErrorPages>(), request.uri(), request.headers());
    let (origin, format) = (RequestOrigin::of(request.request()), ErrorFormat::of(request.path()));
    let unrouted = Unrouted { id, page, origin, format };
    let rejection = RequestRejection::of(request.request());
    let log = AccessLog { method: request.method().clone(), started, probe, rejection };
    let response = async {
        if let Some(rejection) = rejection {
            return Ok(Err(rejection.error().into()));
        }
        // Browsers write preflights; apps cannot add an id.
        if is_id_missing && !probe && !is_preflight(request.method(), request.headers()) {
            return Ok(Err(ApiError::new(codes::REQUEST_ID_MISSING).into()));
        }
        AssertUnwindSafe(next.call(request)).catch_unwind().await
    };
    // When a client disconnects, the handler is dropped: in the span too, which ends then and has what is logged by it.
    match response.instrument(Span::current()).await {
        Ok(Ok(reply)) => {
            let (request, reply) = reply.map_into_boxed_body().into_parts();
            let mut reply = finish(reply, Some(&request), &unrouted);
            if is_draining(&request) || is_broken(&request) {
                // Clients that keep connections alive reconnect, and reach another server once this one has stopped. A
                // connection kept to the end would be closed just as a request is written to it, and that request is
                // lost.
                reply.head_mut().set_connection_type(ConnectionType::Close);
            }
            log.write(&reply, Some(&request));
            Ok(ServiceResponse::new(request, reply))
        }
        Ok(Err(error)) => Err(complete(finish(error.error_response(), None, &unrouted), &log)),
        Err(panic) => {
            let error = ApiError::internal(panic_message(panic.as_ref()));
            Err(complete(finish(error.error_response(), None, &unrouted), &log))
        }
    }
}

/// `true` when the server of this request is about to stop.
fn is_draining(request: &HttpRequest) -> bool {
    request.app_data::<web::Data<Readiness>>().is_some_and(|readiness| readiness.is_draining())
}

/// `true` when the connection ends with this response, because the end of a body was not found.
fn is_broken(request: &HttpRequest) -> bool {
    request.conn_data::<Rc<ConnectionData>>().is_some_and(|data| data.is_broken.get())
}

/// A request as known before routing; kept apart, because a request that panics is lost.
struct Unrouted {
    id: RequestId,
    page: Option<PageRequest>,
    origin: RequestOrigin,
    format: ErrorFormat,
}

/// Turns errors into problems, or into pages for browsers, and adds the request id and the fields of CORS to every
/// response.
fn finish(mut reply: HttpResponse, request: Option<&HttpRequest>, unrouted: &Unrouted) -> HttpResponse {
    let (id, page) = (&unrouted.id, unrouted.page.as_ref());
    if let Some(error) = failure_of(&mut reply, page) {
        let error = if page.is_some() || declared(request, error.code()) {
            error
        } else {
            let problem = format!("undeclared code {}", error.code().code);
            ApiError::internal(problem)
        };
        error.log();
        let mut problem = error.render(id.as_str(), unrouted.format);
        if let Some(page) = page {
            problem = page.error_page(&error, &problem, id.as_str());
        }
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
        limits::write_headers(request, status, reply.headers_mut());
        if let Some(deprecation) = Mounted::endpoint(request).and_then(|endpoint| endpoint.deprecation) {
            deprecation::write_headers(deprecation, reply.headers_mut());
        }
    }
    unrouted.origin.write_headers(request, page.is_some(), reply.headers_mut());
    reply
}

/// The error of a response, if any: ours, or one that actix produced itself.
fn failure_of(reply: &mut HttpResponse, page: Option<&PageRequest>) -> Option<ApiError> {
    if let Some(error) = reply.extensions_mut().remove::<ApiError>() {
        return Some(error);
    }
    let status = reply.status().as_u16();
    let is_problem = reply.headers().get(header::CONTENT_TYPE).is_some_and(|value| value == CONTENT_TYPE);
    if status < 400 || is_problem || page.is_some() && PageRequest::is_page(reply) {
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

/// `true` when the matched endpoint may respond with this code.
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

/// One log line and one measurement per request. Polled endpoints are logged at debug.
struct AccessLog {
    method: actix_web::http::Method,
    started: Instant,
    probe: bool,
    rejection: Option<RequestRejection>,
}

impl AccessLog {
    fn write(&self, reply: &HttpResponse, request: Option<&HttpRequest>) {
        let (method, status, elapsed) = (self.method.as_str(), reply.status(), self.started.elapsed());
        let route = request.and_then(route::of);
        metrics::record_request(method, route, status.as_u16(), elapsed);
        let recognized = request.is_some_and(|request| request.extensions().contains::<probe::Recognized>());
        let quiet = (self.probe || recognized) && status.as_u16() < 400;
        let (route, status) = (route.unwrap_or("-"), status.as_u16());
        if let Some(rejection) = self.rejection {
            return rejection.record(status);
        }
        let duration_ms = elapsed.as_micros() as f64 / 1000.0;
        if quiet {
            tracing::debug!(method, route, status, duration_ms, "served");
        } else {
            tracing::info!(method, route, status, duration_ms, "served");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::future::pending;

    use actix_web::App;
    use actix_web::dev::Service;
    use actix_web::middleware::from_fn;
    use actix_web::test::{TestRequest, init_service};
    use tracing_actix_web::TracingLogger;
    use tracing_subscriber::Registry;

    use super::*;
    use crate::server::span::RequestSpanBuilder;
    use crate::telemetry::request_context::RequestContext;

    /// Keeps the id of the request in which it is dropped.
    struct DropContext(Rc<RefCell<Option<RequestId>>>);

    impl Drop for DropContext {
        fn drop(&mut self) {
            *self.0.borrow_mut() = RequestContext::current().map(|context| context.request_id);
        }
    }

    #[actix_web::test]
    async fn a_cancelled_handler_is_dropped_in_the_span_of_its_request() {
        let _subscriber = tracing::subscriber::set_default(Registry::default());
        let dropped = Rc::new(RefCell::new(None));
        let shared = Rc::clone(&dropped);
        let slow = move || {
            let guard = DropContext(Rc::clone(&shared));
            async move {
                let _guard = guard;
                pending::<HttpResponse>().await
            }
        };
        let app = App::new().wrap(from_fn(request_middleware)).wrap(TracingLogger::<RequestSpanBuilder>::new());
        let service = init_service(app.route("/slow", web::get().to(slow))).await;
        let request = TestRequest::get().uri("/slow").insert_header((REQUEST_ID, "order-42"));
        let mut call = Box::pin(service.call(request.to_request()));
        assert!((&mut call).now_or_never().is_none(), "the handler waits");
        drop(call);
        assert_eq!(dropped.borrow().as_ref().map(RequestId::as_str), Some("order-42"));
    }
}

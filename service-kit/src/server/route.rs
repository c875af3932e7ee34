//! Route of a request.

use actix_web::HttpRequest;
use actix_web::http::Method;
use contracts::endpoint::Endpoint;
use contracts::health::{GetLivez, GetReadyz};

use super::metrics;
use super::mounted::Mounted;

/// Route of a request: the template, never the path, which may contain user input.
pub(super) fn of(request: &HttpRequest) -> Option<&'static str> {
    let endpoint = match *request.method() {
        Method::OPTIONS => Mounted::of(request).first(), // a preflight is about the others at its path
        _ => Mounted::endpoint(request),
    };
    let declared = endpoint.map(|endpoint| endpoint.path);
    declared.or_else(|| (request.path() == metrics::PATH).then_some(metrics::PATH))
}

/// `true` for health and metrics, polled by monitors that send no ids.
pub(super) fn is_polled(path: &str) -> bool {
    [GetLivez::PATH, GetReadyz::PATH, metrics::PATH].contains(&path)
}

//! Route of a request.

use actix_web::HttpRequest;
use contracts::endpoint::Endpoint;
use contracts::health::{GetLivez, GetReadyz};

use super::metrics;
use super::mounted::Mounted;

/// Route of a request: the template, never the path, which may contain user input.
pub(super) fn of(request: &HttpRequest) -> Option<&'static str> {
    let declared = Mounted::endpoint(request).map(|endpoint| endpoint.path);
    declared.or_else(|| (request.path() == metrics::PATH).then_some(metrics::PATH))
}

/// `true` for health and metrics, polled by monitors that send no ids.
pub(super) fn is_polled(path: &str) -> bool {
    [GetLivez::PATH, GetReadyz::PATH, metrics::PATH].contains(&path)
}

//! Declarations of the endpoints at the path of a request.

use std::rc::Rc;

use actix_web::HttpRequest;
use contracts::endpoint::{EndpointInfo, Method};

/// Endpoints of one path, stored by actix with the route; read by the request middleware and the limits.
pub(super) struct Mounted(Rc<[EndpointInfo]>);

impl Mounted {
    /// The endpoints of one path.
    pub(super) fn new(endpoints: impl Iterator<Item = EndpointInfo>) -> Self {
        Self(endpoints.collect())
    }

    /// Endpoint matched by a request.
    pub(super) fn endpoint(request: &HttpRequest) -> Option<&EndpointInfo> {
        let method = match request.method().as_str() {
            "HEAD" => "GET", // served by the same handler
            method => method,
        };
        Self::of(request).iter().find(|endpoint| endpoint.method.as_str() == method)
    }

    /// All endpoints at the path of a request; none when no path matched.
    pub(super) fn of(request: &HttpRequest) -> &[EndpointInfo] {
        request.app_data::<Self>().map_or(&[], |mounted| &mounted.0)
    }

    /// Endpoint at the same path with this method.
    pub(super) fn sibling(request: &HttpRequest, method: Method) -> Option<&EndpointInfo> {
        Self::of(request).iter().find(|endpoint| endpoint.method == method)
    }
}

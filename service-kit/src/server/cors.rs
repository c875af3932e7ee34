//! Cross-origin resource sharing (Fetch, §3.2): which scripts of other origins may read a response, by the kind of the
//! endpoint ([`CrossOrigin`]) and the origins that the operator lists. Never with credentials.
//!
//! A preflight is answered when its path is known, before limits and permissions. Errors have the fields as well: without
//! them an app cannot tell a used-up limit from a broken network.

use actix_web::HttpRequest;
use actix_web::http::Method;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, AUTHORIZATION, HeaderMap,
    HeaderValue, ORIGIN, VARY,
};
use contracts::endpoint::Method as Verb;
use contracts::endpoint::{CrossOrigin, EndpointInfo};
use metrics::counter;

use super::mounted::Mounted;
use super::origins::AllowedOrigins;
use super::route;

/// Response headers for scripts, beside those that Fetch exposes always.
const EXPOSED: &str =
    "ETag, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id, Degraded, WWW-Authenticate, Location";
/// Request headers for scripts of every origin.
const ANONYMOUS: &str = "content-type, accept-language, if-match, if-none-match, prefer, traceparent, x-device-id, \
                         x-request-id";
/// Request headers for scripts of listed origins.
const ALLOWED: &str = "authorization, content-type, accept-language, if-match, if-none-match, prefer, traceparent, \
                       x-device-id, x-request-id";
/// Time for which a browser need not ask again, in seconds; Chromium takes no more.
const MAX_AGE: &str = "7200";

/// `true` for the question of a browser whether a script may send a request.
pub(super) fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    method == Method::OPTIONS && headers.contains_key(ORIGIN) && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// Origin of a request, judged before routing.
pub(super) struct RequestOrigin {
    /// The origin, if it is listed.
    listed: Option<HeaderValue>,
    /// `true` when any origin is listed, so that responses vary by origin.
    varies: bool,
    /// `true` without `Authorization`.
    anonymous: bool,
}

impl RequestOrigin {
    pub(super) fn of(request: &HttpRequest) -> Self {
        let origins = request.app_data::<AllowedOrigins>();
        let listed = origins.and_then(|origins| origins.listed(request.headers()));
        let varies = origins.is_some_and(|origins| !origins.is_empty());
        Self { listed, varies, anonymous: !request.headers().contains_key(AUTHORIZATION) }
    }

    /// Writes the fields of a response; the request is `None` when it was lost in a panic or rejected before routing.
    pub(super) fn write_headers(&self, request: Option<&HttpRequest>, is_page: bool, reply: &mut HeaderMap) {
        let endpoints = request.map_or(&[][..], Mounted::of);
        match request {
            Some(request) if !endpoints.is_empty() && is_preflight(request.method(), request.headers()) => {
                self.write_preflight(request, endpoints, reply);
            }
            _ => {
                if self.permit(kind(request, endpoints, is_page), self.anonymous, reply) {
                    reply.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
                }
            }
        }
    }

    /// A refused preflight has none of the fields, which browsers take for a refusal.
    fn write_preflight(&self, request: &HttpRequest, endpoints: &[EndpointInfo], reply: &mut HeaderMap) {
        let method = request.headers().get(ACCESS_CONTROL_REQUEST_METHOD).map(HeaderValue::as_bytes);
        let method = if method == Some(b"HEAD") { Some(&b"GET"[..]) } else { method };
        let endpoint = endpoints.iter().find(|endpoint| Some(endpoint.method.as_str().as_bytes()) == method);
        // A preflight carries no credentials itself; it asks whether the request may.
        let anonymous = self.listed.is_none();
        let allowed = endpoint.is_some_and(|endpoint| self.permit(endpoint.cross_origin, anonymous, reply));
        counter!("http.server.preflights", "result" => if allowed { "allowed" } else { "refused" }).increment(1);
        let vary = "Access-Control-Request-Method, Access-Control-Request-Headers";
        reply.append(VARY, HeaderValue::from_static(vary));
        if !allowed {
            return;
        }
        if let Ok(methods) = HeaderValue::from_str(&self.methods(endpoints).join(", ")) {
            reply.insert(ACCESS_CONTROL_ALLOW_METHODS, methods);
        }
        let headers = if anonymous { ANONYMOUS } else { ALLOWED };
        reply.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(headers));
        reply.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(MAX_AGE));
    }

    /// Methods for this origin.
    fn methods(&self, endpoints: &[EndpointInfo]) -> Vec<&'static str> {
        let is_permitted = |endpoint: &&EndpointInfo| match endpoint.cross_origin {
            CrossOrigin::Any | CrossOrigin::AnyAnonymous => true,
            CrossOrigin::Listed => self.listed.is_some(),
            CrossOrigin::Denied => false,
        };
        let methods = endpoints.iter().filter(is_permitted).flat_map(|endpoint| match endpoint.method {
            Verb::Get => &["GET", "HEAD"][..],
            Verb::Post => &["POST"],
            Verb::Put => &["PUT"],
            Verb::Patch => &["PATCH"],
            Verb::Delete => &["DELETE"],
        });
        methods.copied().collect()
    }

    /// Permits the origin where this kind of endpoint does. `true` when it is permitted.
    fn permit(&self, kind: CrossOrigin, anonymous: bool, reply: &mut HeaderMap) -> bool {
        match kind {
            CrossOrigin::Denied => return false,
            CrossOrigin::AnyAnonymous if anonymous => {}
            CrossOrigin::Any => {}
            CrossOrigin::AnyAnonymous | CrossOrigin::Listed => {
                if self.varies {
                    reply.append(VARY, HeaderValue::from_static("Origin"));
                }
                let Some(origin) = &self.listed else { return false };
                reply.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
                return true;
            }
        }
        reply.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        true
    }
}

/// The kind of an endpoint. Errors outside of any endpoint are for listed origins, except below pages and where the
/// whole path is for no origin.
fn kind(request: Option<&HttpRequest>, endpoints: &[EndpointInfo], is_page: bool) -> CrossOrigin {
    if let Some(endpoint) = request.and_then(Mounted::endpoint) {
        return endpoint.cross_origin;
    }
    let is_denied = |endpoint: &EndpointInfo| endpoint.cross_origin == CrossOrigin::Denied;
    let is_polled = request.is_some_and(|request| route::is_polled(request.path()));
    if is_page || is_polled || !endpoints.is_empty() && endpoints.iter().all(is_denied) {
        return CrossOrigin::Denied;
    }
    CrossOrigin::Listed
}

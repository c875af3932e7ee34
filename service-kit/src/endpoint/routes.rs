//! Routes of a service, grouped by path so that a wrong method is a 405 with the allowed ones.

use std::rc::Rc;
use std::sync::Arc;

use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::{Handler, HttpRequest, HttpResponse, Resource, Responder, ResponseError, Route, guard, web};
use contracts::endpoint::{Endpoint, EndpointInfo, Method};
use contracts::{codes, health};

use super::arguments::{Admitted, Arguments, InOrder};
use super::redirects;
use super::success::Success;
use crate::error::ApiError;
use crate::health::{get_livez, get_readyz};
use crate::limits::{EndpointLimits, Limits};
use crate::metrics;
use crate::pages::ErrorPages;

/// Builder of a service's routes.
#[derive(Default)]
pub struct Routes {
    paths: Vec<(&'static str, Vec<Entry>)>,
    limits: Option<Limits>,
    error_pages: Option<ErrorPages>,
}

struct Entry {
    info: EndpointInfo,
    route: Route,
    page: bool,
}

/// Endpoints of one path, stored by actix with the route; read by the request middleware and the limits.
#[derive(Clone)]
pub struct Mounted(Rc<[MountedEndpoint]>);

struct MountedEndpoint {
    info: EndpointInfo,
    limits: Option<Arc<EndpointLimits>>,
}

impl Mounted {
    /// Endpoint matched by a request.
    pub(crate) fn endpoint(request: &HttpRequest) -> Option<&EndpointInfo> {
        Self::matched(request).map(|endpoint| &endpoint.info)
    }

    /// Limits of the endpoint matched by a request.
    pub(crate) fn limits(request: &HttpRequest) -> Option<&Arc<EndpointLimits>> {
        Self::matched(request)?.limits.as_ref()
    }

    fn matched(request: &HttpRequest) -> Option<&MountedEndpoint> {
        let method = match request.method().as_str() {
            "HEAD" => "GET", // served by the same handler
            method => method,
        };
        request.app_data::<Self>()?.0.iter().find(|endpoint| endpoint.info.method.as_str() == method)
    }

    /// Endpoint at the same path with this method.
    pub(crate) fn sibling(request: &HttpRequest, method: Method) -> Option<&EndpointInfo> {
        let endpoint = request.app_data::<Self>()?.0.iter().find(|endpoint| endpoint.info.method == method);
        endpoint.map(|endpoint| &endpoint.info)
    }
}

impl Routes {
    /// Routes with the health endpoints.
    pub fn new() -> Self {
        Self::default().mount::<health::GetLivez, _, _>(get_livez).mount::<health::GetReadyz, _, _>(get_readyz)
    }

    /// Adds an endpoint with its handler.
    #[must_use]
    pub fn mount<E, F, Args>(mut self, handler: F) -> Self
    where
        E: Endpoint,
        F: Handler<Args, Output = Result<Success<E>, ApiError>>,
        Args: Arguments,
    {
        let handler = move |admitted: Admitted<E, Args>| handler.call(admitted.arguments);
        self.add(EndpointInfo::of::<E>(), |route| route.to(handler), false);
        self
    }

    /// Adds a page, declared by [`page`](crate::pages::page), with its handler.
    #[must_use]
    pub fn page<F, Args>(mut self, info: &EndpointInfo, handler: F) -> Self
    where
        F: Handler<Args>,
        F::Output: Responder + 'static,
        Args: Arguments,
    {
        let handler = move |InOrder(arguments): InOrder<Args>| handler.call(arguments);
        self.add(*info, |route| route.to(handler), true);
        self
    }

    /// Shows errors of pages as pages.
    #[must_use]
    pub fn error_pages(mut self, pages: ErrorPages) -> Self {
        self.error_pages = Some(pages);
        self
    }

    fn add(&mut self, info: EndpointInfo, handled: impl FnOnce(Route) -> Route, page: bool) {
        let route = match info.method {
            // GET implies HEAD (RFC 9110 §9.3.2); actix leaves the body out.
            Method::Get => web::route().guard(guard::Any(guard::Get()).or(guard::Head())),
            Method::Post => web::post(),
            Method::Put => web::put(),
            Method::Patch => web::patch(),
            Method::Delete => web::delete(),
        };
        let entry = Entry { info, route: handled(route), page };
        match self.paths.iter_mut().find(|(path, _)| *path == info.path) {
            Some((_, entries)) => entries.push(entry),
            None => self.paths.push((info.path, vec![entry])),
        }
    }

    /// Applies limits to the endpoints and pages of the service, except health.
    #[must_use]
    pub fn limited(mut self, limits: &Limits) -> Self {
        self.limits = Some(limits.clone());
        self
    }

    /// All endpoints, without pages and `/metrics`.
    pub fn endpoints(&self) -> Vec<EndpointInfo> {
        self.entries(false)
    }

    /// All pages.
    pub fn pages(&self) -> Vec<EndpointInfo> {
        self.entries(true)
    }

    fn entries(&self, page: bool) -> Vec<EndpointInfo> {
        let entries = self.paths.iter().flat_map(|(_, entries)| entries);
        entries.filter(|entry| entry.page == page).map(|entry| entry.info).collect()
    }

    /// Configures actix: fixed paths before those with parameters, and 404 for the rest.
    pub fn configure(mut self, app: &mut web::ServiceConfig) {
        if let Some(limits) = &self.limits {
            limits.connect();
        }
        self.paths.sort_by_key(|(path, _)| path.contains('{'));
        let pages: Vec<_> = self.pages().iter().map(|page| page.path).collect();
        for (path, entries) in self.paths {
            app.service(resource(path, entries, self.limits.as_ref()));
        }
        if let Some(pages) = self.error_pages {
            app.app_data(pages);
        }
        // No contract: the content is for operators and changes with the metrics.
        let readable = web::route().guard(guard::Any(guard::Get()).or(guard::Head()));
        let metrics = web::resource(metrics::PATH).route(readable.to(metrics::get_metrics));
        app.service(metrics.default_service(other_verbs("GET, HEAD")));
        app.default_service(web::to(move |request: HttpRequest| {
            let redirect = redirects::to_page(&request, &pages);
            async { redirect.unwrap_or_else(|| ApiError::new(codes::NO_SUCH_ROUTE).error_response()) }
        }));
    }
}

fn resource(path: &'static str, entries: Vec<Entry>, limits: Option<&Limits>) -> Resource {
    let endpoint =
        |info: &EndpointInfo| MountedEndpoint { info: *info, limits: limits.and_then(|limits| limits.of(info)) };
    let mounted: Rc<[MountedEndpoint]> = entries.iter().map(|entry| endpoint(&entry.info)).collect();
    let head = entries.iter().any(|entry| entry.info.method == Method::Get).then_some("HEAD");
    let verbs: Vec<_> = entries.iter().map(|entry| entry.info.method.as_str()).chain(head).collect();
    let mut resource = web::resource(path).app_data(Mounted(Rc::clone(&mounted)));
    for (entry, endpoint) in entries.into_iter().zip(mounted.iter()) {
        let layer = endpoint.limits.as_ref().and_then(|limits| limits.layer.clone());
        resource = resource.route(match layer {
            Some(layer) => entry.route.wrap(layer),
            None => entry.route,
        });
    }
    resource.default_service(other_verbs(&verbs.join(", ")))
}

/// Responds to all methods that a path does not allow (RFC 9110 §15.5.6), OPTIONS included: there is no CORS here.
fn other_verbs(allowed: &str) -> Route {
    let allowed = HeaderValue::from_str(allowed).unwrap_or(HeaderValue::from_static(""));
    web::to(move || {
        let allowed = allowed.clone();
        async move {
            let mut reply: HttpResponse = ApiError::new(codes::METHOD_NOT_ALLOWED).error_response();
            reply.headers_mut().insert(ALLOW, allowed);
            reply
        }
    })
}

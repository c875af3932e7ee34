//! The table of a service's routes, grouped by path so that a wrong verb is a 405 that names the right ones.

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

/// Routes being collected for one service.
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

/// The endpoints of one path; actix keeps it beside the route, and the frame and the gates read it.
#[derive(Clone)]
pub struct Mounted(Rc<[Served]>);

struct Served {
    info: EndpointInfo,
    limits: Option<Arc<EndpointLimits>>,
}

impl Mounted {
    /// The endpoint that a request has met.
    pub(crate) fn endpoint(request: &HttpRequest) -> Option<&EndpointInfo> {
        Self::served(request).map(|served| &served.info)
    }

    /// What limits there are on the endpoint that a request has met.
    pub(crate) fn limits(request: &HttpRequest) -> Option<&Arc<EndpointLimits>> {
        Self::served(request)?.limits.as_ref()
    }

    fn served(request: &HttpRequest) -> Option<&Served> {
        let method = match request.method().as_str() {
            "HEAD" => "GET", // served by the same handler
            method => method,
        };
        request.app_data::<Self>()?.0.iter().find(|served| served.info.method.as_str() == method)
    }

    /// The endpoint at the same path that takes this verb.
    pub(crate) fn sibling(request: &HttpRequest, method: Method) -> Option<&EndpointInfo> {
        let served = request.app_data::<Self>()?.0.iter().find(|served| served.info.method == method);
        served.map(|served| &served.info)
    }
}

impl Routes {
    /// A table that has health already.
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

    /// Adds a page, which [`page`](crate::pages::page) describes, with its handler.
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

    /// Shows what goes wrong on pages as pages.
    #[must_use]
    pub fn error_pages(mut self, pages: ErrorPages) -> Self {
        self.error_pages = Some(pages);
        self
    }

    fn add(&mut self, info: EndpointInfo, handled: impl FnOnce(Route) -> Route, page: bool) {
        let route = match info.method {
            // Whoever may read may ask for the head alone (RFC 9110 §9.3.2); actix leaves the body out.
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

    /// Puts the endpoints and pages of the service, health excepted, under limits.
    #[must_use]
    pub fn limited(mut self, limits: &Limits) -> Self {
        self.limits = Some(limits.clone());
        self
    }

    /// Every endpoint of the table; pages and `/metrics`, which are there as well, are none.
    pub fn endpoints(&self) -> Vec<EndpointInfo> {
        self.entries(false)
    }

    /// Every page of the table.
    pub fn pages(&self) -> Vec<EndpointInfo> {
        self.entries(true)
    }

    fn entries(&self, page: bool) -> Vec<EndpointInfo> {
        let entries = self.paths.iter().flat_map(|(_, entries)| entries);
        entries.filter(|entry| entry.page == page).map(|entry| entry.info).collect()
    }

    /// Hands the table to actix: fixed paths before those with parameters, and 404 for the rest.
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
        // No contract: what it says is for operators and changes with what there is to measure.
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
    let served = |info: &EndpointInfo| Served { info: *info, limits: limits.and_then(|limits| limits.of(info)) };
    let mounted: Rc<[Served]> = entries.iter().map(|entry| served(&entry.info)).collect();
    let head = entries.iter().any(|entry| entry.info.method == Method::Get).then_some("HEAD");
    let verbs: Vec<_> = entries.iter().map(|entry| entry.info.method.as_str()).chain(head).collect();
    let mut resource = web::resource(path).app_data(Mounted(Rc::clone(&mounted)));
    for (entry, served) in entries.into_iter().zip(mounted.iter()) {
        let layer = served.limits.as_ref().and_then(|limits| limits.layer.clone());
        resource = resource.route(match layer {
            Some(layer) => entry.route.wrap(layer),
            None => entry.route,
        });
    }
    resource.default_service(other_verbs(&verbs.join(", ")))
}

/// Answers every verb that a path does not take (RFC 9110 §15.5.6), OPTIONS among them: nothing here is for scripts of
/// other origins.
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

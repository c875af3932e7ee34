//! Routes of a service, grouped by path so that a wrong method is a 405 with the allowed ones.

use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::{Handler, HttpRequest, HttpResponse, Resource, Responder, ResponseError, Route, guard, web};
use contracts::endpoint::{Endpoint, EndpointInfo, Method};
use contracts::{codes, health};

use super::cors::is_preflight;
use super::endpoint::{Admitted, Arguments, InOrder, Success};
use super::health::{get_livez, get_readyz};
use super::limits::Limits;
use super::mounted::Mounted;
use super::pages::ErrorPages;
use super::{metrics, redirects};
use crate::base::error::ApiError;

/// Adds data of the application when its routes are mounted.
type Configure = Box<dyn FnOnce(&mut web::ServiceConfig)>;

/// Builder of a service's routes.
#[derive(Default)]
pub struct Routes {
    paths: Vec<(&'static str, Vec<Entry>)>,
    limits: Option<Limits>,
    error_pages: Option<ErrorPages>,
    data: Vec<Configure>,
}

struct Entry {
    info: EndpointInfo,
    route: Route,
    page: bool,
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

    /// Adds a page, declared by [`page`](super::pages::page), with its handler.
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

    /// Adds data that handlers and extractors look up by its type, such as
    /// [`ServiceClients`](super::authorization::ServiceClients).
    #[must_use]
    pub fn data<T: ?Sized + 'static>(mut self, data: web::Data<T>) -> Self {
        self.data.push(Box::new(move |app| {
            app.app_data(data);
        }));
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
        for add in self.data {
            add(app);
        }
        if let Some(pages) = self.error_pages {
            app.app_data(pages);
        }
        if let Some(limits) = self.limits {
            app.app_data(limits);
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
    let head = entries.iter().any(|entry| entry.info.method == Method::Get).then_some("HEAD");
    let verbs: Vec<_> = entries.iter().map(|entry| entry.info.method.as_str()).chain(head).collect();
    let verbs = verbs.join(", ");
    let mut resource = web::resource(path).app_data(Mounted::new(entries.iter().map(|entry| entry.info)));
    for Entry { info, route, .. } in entries {
        let layer = limits.and_then(|limits| limits.of(&info)?.layer.clone());
        resource = resource.route(match layer {
            Some(layer) => route.wrap(layer),
            None => route,
        });
    }
    resource.default_service(other_verbs(&verbs))
}

/// Responds to all methods that a path does not allow (RFC 9110 §15.5.6), OPTIONS included, except for preflights: the
/// request middleware writes what they permit.
fn other_verbs(allowed: &str) -> Route {
    let allowed = HeaderValue::from_str(allowed).unwrap_or(HeaderValue::from_static(""));
    web::to(move |request: HttpRequest| {
        let allowed = allowed.clone();
        async move {
            if is_preflight(request.method(), request.headers()) {
                return HttpResponse::NoContent().finish();
            }
            let mut reply: HttpResponse = ApiError::new(codes::METHOD_NOT_ALLOWED).error_response();
            reply.headers_mut().insert(ALLOW, allowed);
            reply
        }
    })
}

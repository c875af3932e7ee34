//! Sample requests of every route of the contract: what must hold for all routes is tested on all of them.

use contracts::endpoint::{Auth, BodyFormat, Endpoint, EndpointInfo, Method};
use contracts::movies::{self, writes};
use serde_json::{Value, json};
use service_kit::testing::TestRequest;

use crate::app::TestApp;

/// A sample request of a route.
#[derive(Debug, Clone)]
pub struct Call {
    pub endpoint: &'static EndpointInfo,
    pub path: String,
    pub body: Option<Value>,
}

impl Call {
    /// Builds the request without its body.
    pub fn bare(&self, app: &TestApp) -> TestRequest {
        let method = self.endpoint.method.as_str().parse().expect("a verb");
        app.request(method, &self.path)
    }

    /// Builds the request.
    pub fn on(&self, app: &TestApp) -> TestRequest {
        let request = self.bare(app);
        if let Some(body) = &self.body { request.json(body) } else { request }
    }
}

/// Requests that succeed for an anonymous caller: one of each route with an optional token.
pub fn optional(app: &TestApp) -> Vec<Call> {
    calls(app, "The Matrix", "Robert De Niro", "crime", |auth| auth == Auth::OptionalDegrading)
}

/// Requests for content for adults: one of each route with an optional token.
pub fn adults_only(app: &TestApp) -> Vec<Call> {
    calls(app, "Taxi Driver", "Martin Scorsese", "horror", |auth| auth == Auth::OptionalDegrading)
}

/// Requests that succeed for an editor: one of each route that requires the permission.
pub fn editors(app: &TestApp) -> Vec<Call> {
    calls(app, "The Matrix", "Robert De Niro", "crime", |auth| matches!(auth, Auth::Permission(_)))
}

fn calls(app: &TestApp, film: &str, person: &str, genre: &str, wanted: impl Fn(Auth) -> bool) -> Vec<Call> {
    let (film_id, person_id) = (app.film(film), app.person(person));
    let endpoints = movies::ENDPOINTS.iter().filter(|endpoint| wanted(endpoint.auth));
    let calls: Vec<_> = endpoints
        .map(|endpoint| {
            let path = endpoint.path.replace("{film_id}", &film_id).replace("{person_id}", &person_id);
            let path = path.replace("{genre}", genre);
            assert!(!path.contains('{'), "{path} has a parameter that this test does not know");
            let path = if path.ends_with("/search") { format!("{path}?query=the") } else { path };
            let path = if endpoint.id == writes::DeleteFilm::ID { format!("{path}?version=1") } else { path };
            Call { endpoint, path, body: body_of(endpoint) }
        })
        .collect();
    assert!(!calls.is_empty());
    calls
}

fn body_of(endpoint: &EndpointInfo) -> Option<Value> {
    let film = json!({"title": "By Nobody", "year": 2000});
    match (endpoint.method, endpoint.id) {
        (Method::Get | Method::Delete, _) => None,
        (_, writes::UpdateFilm::ID) => Some(json!({"version": 1, "film": film})),
        (_, writes::CreateFilm::ID) => {
            assert_eq!(writes::CreateFilm::BODY, BodyFormat::Json);
            Some(film)
        }
        (_, other) => panic!("{other} has a body that this test does not know"),
    }
}

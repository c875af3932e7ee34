//! Examples of calls in values of the contract's own types, so that a changed field does not compile until its example is
//! changed. Documents show them, tests check them against the schemas. All are set in one [`world`].

mod problems;
pub mod world;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::endpoint::Endpoint;

pub use problems::problem;

/// Examples of an endpoint. `registry!` requires them.
pub trait Examples: Endpoint + Sized {
    /// The plain case.
    fn example() -> Example<Self>;

    /// Further cases.
    fn more() -> Vec<Example<Self>> {
        Vec::new()
    }
}

/// A call and its success. A part that is not given is empty.
pub struct Example<E: Endpoint> {
    name: &'static str,
    summary: &'static str,
    path: Option<E::Path>,
    query: Option<E::Query>,
    body: Option<E::Body>,
    output: E::Output,
}

impl<E: Endpoint> Example<E> {
    /// A call that is answered with `output`; `name` in `snake_case`, `summary` for people.
    pub fn new(name: &'static str, summary: &'static str, output: E::Output) -> Self {
        Self { name, summary, path: None, query: None, body: None, output }
    }

    /// Sets the path parameters.
    #[must_use]
    pub fn path(self, path: E::Path) -> Self {
        Self { path: Some(path), ..self }
    }

    /// Sets the query parameters.
    #[must_use]
    pub fn query(self, query: E::Query) -> Self {
        Self { query: Some(query), ..self }
    }

    /// Sets the body.
    #[must_use]
    pub fn body(self, body: E::Body) -> Self {
        Self { body: Some(body), ..self }
    }
}

/// An example as JSON, without its types.
#[derive(Debug, Clone, PartialEq)]
pub struct ExampleValues {
    /// Name, unique within the endpoint. The parts of one call carry it everywhere in the documents.
    pub name: &'static str,
    /// The case, for people.
    pub summary: &'static str,
    /// Path parameters by name.
    pub path: Map<String, Value>,
    /// Query parameters by name, defaults included.
    pub query: Map<String, Value>,
    /// Body of the request.
    pub body: Option<Value>,
    /// Body of the success; an empty object where there is none.
    pub output: Value,
}

/// All examples of `E`, the plain case first.
pub fn of<E: Examples>() -> Vec<ExampleValues> {
    let all = std::iter::once(E::example()).chain(E::more());
    all.map(|example| ExampleValues {
        name: example.name,
        summary: example.summary,
        path: fields(example.path.as_ref()),
        query: fields(example.query.as_ref()),
        body: example.body.as_ref().map(json),
        output: json(&example.output),
    })
    .collect()
}

fn fields(part: Option<&impl Serialize>) -> Map<String, Value> {
    match part.map(json) {
        Some(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

/// By way of text, in which an `f32` has the digits of its literal.
fn json(value: &impl Serialize) -> Value {
    serde_json::to_string(value).ok().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

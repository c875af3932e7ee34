//! Requests with a hostile value in one place each: every field of every operation of a published document, and every
//! header that a service reads. Nothing that a client sends may be an internal error.

use reqwest::Method;
use serde_json::{Map, Value, json};

use super::bound_requests::{encoded, published_document, target};
use super::client::{TestClient, TestReply, TestRequest};
use super::hostile_values::{FIELD_VALUES, FIELDS, texts_of_field, values_of_field};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// A request with one hostile value.
#[derive(Debug, Clone)]
pub struct HostileRequest {
    /// Operation id.
    pub operation: String,
    method: Method,
    target: String,
    body: Option<(&'static str, String)>,
    header: Option<(&'static str, Vec<u8>)>,
}

/// All of them for the operations of `service`, each with one change of the document's own first example.
///
/// # Panics
/// When an operation has no example.
pub fn hostile_requests(service: &str) -> Vec<HostileRequest> {
    let document = published_document(service);
    let mut requests = Vec::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let base = Base::of(path, method, operation);
            requests.extend(base.parameters(operation));
            requests.extend(base.bodies());
            requests.extend(base.headers(requests.len()));
        }
    }
    requests
}

/// The first example of an operation.
struct Base<'a> {
    operation: &'a str,
    method: Method,
    template: &'a str,
    path: Map<String, Value>,
    query: Map<String, Value>,
    body: Option<(&'static str, Value)>,
}

impl<'a> Base<'a> {
    fn of(template: &'a str, method: &str, operation: &'a Value) -> Self {
        let of_place = |place: &str| {
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            parameters
                .filter(|parameter| parameter["in"] == place)
                .filter_map(|parameter| Some((parameter["name"].as_str()?.to_owned(), first_example(parameter)?)))
                .collect()
        };
        let media = |kind: &'static str| Some((kind, first_example(operation["requestBody"]["content"].get(kind)?)?));
        Self {
            operation: operation["operationId"].as_str().unwrap_or_default(),
            method: method.to_ascii_uppercase().parse().expect("a method"),
            template,
            path: of_place("path"),
            query: of_place("query"),
            body: media(JSON).or_else(|| media(FORM)),
        }
    }

    fn request(&self, path: &Map<String, Value>, query: &Map<String, Value>, body: Option<&Value>) -> HostileRequest {
        let sent = self.body.as_ref().map(|(kind, base)| {
            let body = encoded(kind, body.unwrap_or(base));
            (*kind, body.unwrap_or_else(|| base.to_string()))
        });
        HostileRequest {
            operation: self.operation.to_owned(),
            method: self.method.clone(),
            target: target(self.template, path, query),
            body: sent,
            header: None,
        }
    }

    /// Every parameter, also those that the example lacks, and one that no operation has.
    fn parameters(&self, operation: &Value) -> Vec<HostileRequest> {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let named = parameters.filter_map(|parameter| Some((parameter["in"].as_str()?, parameter["name"].as_str()?)));
        let mut requests = Vec::new();
        for (number, (place, name)) in named.chain([("query", "surprise")]).enumerate() {
            for text in texts_of_field(number + self.operation.len()) {
                let (mut path, mut query) = (self.path.clone(), self.query.clone());
                match place {
                    "query" => _ = query.insert(name.to_owned(), json!(text)),
                    // A path cannot have an empty segment; `.` and `..` are steps.
                    "path" if !text.trim_matches('.').is_empty() => _ = path.insert(name.to_owned(), json!(text)),
                    _ => continue,
                }
                requests.push(self.request(&path, &query, None));
            }
        }
        requests
    }

    /// Every value in the body of the example.
    fn bodies(&self) -> Vec<HostileRequest> {
        let Some((kind, base)) = &self.body else { return Vec::new() };
        let mut pointers = Vec::new();
        collect_pointers(base, "", &mut pointers);
        let mut requests = Vec::new();
        for (number, pointer) in pointers.iter().enumerate() {
            let values = values_of_field(number + self.operation.len()).into_iter();
            for value in values.filter(|value| *kind == JSON || value.is_string()) {
                let mut body = base.clone();
                *body.pointer_mut(pointer).expect("a pointer into the example") = value;
                requests.push(self.request(&self.path, &self.query, Some(&body)));
            }
        }
        requests
    }

    /// Every header once; `seed` chooses its value.
    fn headers(&self, seed: usize) -> Vec<HostileRequest> {
        let header = |(number, name): (usize, &&'static str)| HostileRequest {
            header: Some((*name, FIELD_VALUES[(seed + number) % FIELD_VALUES.len()].to_vec())),
            ..self.request(&self.path, &self.query, None)
        };
        FIELDS.iter().enumerate().map(header).collect()
    }
}

impl HostileRequest {
    /// Begins it, without credentials. The contract is not checked: some of these requests are none that it knows.
    pub fn begin(&self, client: &TestClient) -> TestRequest {
        let request = client.clone().without_contract().request(self.method.clone(), &self.target);
        let request = match &self.body {
            Some((kind, body)) => request.body(kind, body.as_bytes()),
            None => request,
        };
        match &self.header {
            Some((name, value)) => request.header_bytes(name, value),
            None => request,
        }
    }

    /// The complaint about a response, if any.
    pub fn complaint(&self, reply: &TestReply) -> Option<String> {
        let shown = |text: &str| text.chars().take(160).collect::<String>();
        let (target, body) = (shown(&self.target), self.body.as_ref().map_or("", |(_, body)| body));
        reply.status.is_server_error().then(|| {
            let (operation, body, header) = (&self.operation, shown(body), &self.header);
            format!("{operation}: {target} {body} {header:?} -> {} {}", reply.status, shown(&reply.text()))
        })
    }
}

fn first_example(of: &Value) -> Option<Value> {
    of["examples"].as_object()?.values().next().map(|example| example["value"].clone())
}

/// Pointers to everything in `value`, itself included.
fn collect_pointers(value: &Value, at: &str, pointers: &mut Vec<String>) {
    pointers.push(at.to_owned());
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, inner)| {
            collect_pointers(inner, &format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")), pointers);
        }),
        Value::Array(items) => {
            items.iter().take(1).for_each(|item| collect_pointers(item, &format!("{at}/0"), pointers))
        }
        _ => {}
    }
}

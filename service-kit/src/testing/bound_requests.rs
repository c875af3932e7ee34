//! Requests on, under and over every bound that the published document of a service states, for each part of each
//! operation, and the verdict on a response: a field that breaks its schema is rejected by name, any other is not.

use contracts::codes;
use contracts::published::{AUTH, CAPTCHA, MOVIES};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use serde_json::{Map, Value, json};

use super::client::{TestClient, TestReply, TestRequest};
use super::variants::{Generator, Samples};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// A request with one field changed.
#[derive(Debug, Clone)]
pub struct BoundRequest {
    /// Operation id.
    pub operation: String,
    /// The field, as problems name it: `/name` in a body, `?name` in a query, `{name}` in a path.
    pub field: String,
    method: Method,
    target: String,
    body: Option<(&'static str, String)>,
    is_valid: bool,
}

/// All of them for the operations of `service`, each with one change of the document's own first example.
///
/// # Panics
/// When an example breaks its schema, or a bound needs a sample.
pub fn bound_requests(service: &str, samples: Samples<'_>) -> Vec<BoundRequest> {
    let document = published_document(service);
    let generator = Generator { document: &document, samples };
    let mut requests = Vec::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let template = Template { method, path, operation };
            requests.extend(template.parameters(&generator));
            requests.extend(template.bodies(&generator));
        }
    }
    requests
}

/// The published document of `service`.
pub(super) fn published_document(service: &str) -> Value {
    let published = match service {
        "auth" => AUTH,
        "movies" => MOVIES,
        _ => CAPTCHA,
    };
    let (_, text) = published.iter().find(|(name, _)| *name == "openapi.json").expect("a document");
    serde_json::from_str(text).expect("JSON")
}

/// One operation, whose first example is the base of its requests.
struct Template<'a> {
    method: &'a str,
    path: &'a str,
    operation: &'a Value,
}

impl Template<'_> {
    fn parameters(&self, generator: &Generator<'_>) -> Vec<BoundRequest> {
        let mut requests = Vec::new();
        for parameter in self.operation["parameters"].as_array().into_iter().flatten() {
            let (name, place) = (parameter["name"].as_str().unwrap_or_default(), parameter["in"].as_str());
            let Some(place) = place.filter(|place| ["path", "query"].contains(place)) else { continue };
            let base = self.examples(place);
            for (text, is_valid) in generator.texts(&parameter["schema"], name) {
                // A path cannot have an empty segment; `.` and `..` are steps.
                if place == "query" || !text.trim_matches('.').is_empty() {
                    let mut fields = base.clone();
                    fields.insert(name.to_owned(), json!(text));
                    requests.push(self.request(place, name, &fields, is_valid));
                }
            }
            if place == "query" && base.contains_key(name) {
                let mut fields = base.clone();
                fields.remove(name);
                let is_valid = parameter["required"] != true;
                requests.push(self.request(place, name, &fields, is_valid));
            }
        }
        requests
    }

    fn request(&self, place: &str, name: &str, fields: &Map<String, Value>, is_valid: bool) -> BoundRequest {
        let others = self.examples(if place == "path" { "query" } else { "path" });
        let (path, query, field) = match place {
            "path" => (fields, &others, format!("{{{name}}}")),
            _ => (&others, fields, format!("?{name}")),
        };
        let kind = [JSON, FORM].into_iter().find(|kind| self.media(kind).is_some());
        let body = kind.map(|kind| (kind, encoded(kind, &self.example(kind)).expect("an example of its media type")));
        self.made(field, &target(self.path, path, query), body, is_valid)
    }

    /// Parameters of the first example.
    fn examples(&self, place: &str) -> Map<String, Value> {
        let parameters = self.operation["parameters"].as_array().into_iter().flatten();
        let here = parameters.filter(|parameter| parameter["in"] == place);
        let first = |parameter: &Value| {
            let (_, example) = parameter["examples"].as_object()?.iter().next()?;
            Some((parameter["name"].as_str()?.to_owned(), example["value"].clone()))
        };
        here.filter_map(first).collect()
    }

    fn media(&self, kind: &str) -> Option<&Value> {
        self.operation["requestBody"]["content"].get(kind)
    }

    /// Body of the first example.
    fn example(&self, kind: &str) -> Value {
        let examples = self.media(kind).and_then(|media| media["examples"].as_object());
        let first = examples.and_then(|examples| examples.values().next());
        first.expect("a body has an example")["value"].clone()
    }

    fn bodies(&self, generator: &Generator<'_>) -> Vec<BoundRequest> {
        let target = target(self.path, &self.examples("path"), &self.examples("query"));
        let mut requests = Vec::new();
        for kind in [JSON, FORM] {
            let Some(media) = self.media(kind) else { continue };
            for variant in generator.variants(&media["schema"], &self.example(kind)) {
                let Some(body) = encoded(kind, &variant.value) else { continue };
                requests.push(self.made(variant.pointer, &target, Some((kind, body)), variant.is_valid));
            }
        }
        requests
    }

    fn made(&self, field: String, target: &str, body: Option<(&'static str, String)>, is_valid: bool) -> BoundRequest {
        BoundRequest {
            operation: self.operation["operationId"].as_str().unwrap_or_default().to_owned(),
            field,
            method: self.method.to_ascii_uppercase().parse().expect("a method"),
            target: target.to_owned(),
            body,
            is_valid,
        }
    }
}

impl BoundRequest {
    /// Begins it, without credentials.
    pub fn begin(&self, client: &TestClient) -> TestRequest {
        let request = client.request(self.method.clone(), &self.target);
        match &self.body {
            Some((kind, body)) => request.body(kind, body.as_bytes()),
            None => request,
        }
    }

    /// The complaint about a response, if any. `rejects_more` permits that a valid value is rejected by a rule that no
    /// schema can state.
    pub fn complaint(&self, reply: &TestReply, rejects_more: bool) -> Option<String> {
        let problem = serde_json::from_slice::<Value>(&reply.body).unwrap_or_default();
        let code = problem["code"].as_str().unwrap_or_default();
        let about_input = [codes::INVALID_FIELDS, codes::INVALID_QUERY, codes::INVALID_PATH];
        let is_rejected = about_input.iter().any(|known| known.code == code) && self.is_named_in(&problem);
        let before = [401, 403, 405, 413, 415, 429].contains(&reply.status.as_u16())
            && (code.starts_with("request.") || code.starts_with("auth.token") || code == codes::CLIENT_REJECTED.code);
        let what = match (self.is_valid, is_rejected) {
            _ if reply.status.is_server_error() || before => "is not judged",
            (true, true) if !rejects_more => "is valid and rejected",
            (false, false) => "is not valid and not rejected",
            _ => return None,
        };
        let body = self.body.as_ref().map_or("", |(_, body)| body);
        let shown = |text: &str| text.chars().take(160).collect::<String>();
        let (operation, field, target) = (&self.operation, &self.field, shown(&self.target));
        Some(format!(
            "{operation} {field} {what}: {target} {} -> {} {}",
            shown(body),
            reply.status,
            shown(&reply.text())
        ))
    }

    /// `true` when the problem names the field, its parent or a part of it.
    fn is_named_in(&self, problem: &Value) -> bool {
        let pointers = problem["errors"].as_array().into_iter().flatten().filter_map(|error| error["pointer"].as_str());
        let mut named = pointers.filter(|pointer| !pointer.is_empty());
        named.any(|pointer| self.field.starts_with(pointer) || pointer.starts_with(&self.field))
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

pub(super) fn target(template: &str, path: &Map<String, Value>, query: &Map<String, Value>) -> String {
    let filled = path.iter().fold(template.to_owned(), |filled, (name, value)| {
        filled.replace(&format!("{{{name}}}"), &utf8_percent_encode(&text(value), NON_ALPHANUMERIC).to_string())
    });
    assert!(!filled.contains('{'), "{template} has a parameter without an example");
    let pairs = query.iter().map(|(name, value)| (name.clone(), text(value)));
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    if query.is_empty() { filled } else { format!("{filled}?{query}") }
}

/// The body as JSON or, where all its fields are texts, as a form.
pub(super) fn encoded(kind: &str, body: &Value) -> Option<String> {
    if kind == JSON {
        return Some(body.to_string());
    }
    let fields = body.as_object()?;
    let texts = fields.values().all(Value::is_string);
    let pairs = fields.iter().map(|(name, value)| (name.clone(), text(value)));
    texts.then(|| url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish())
}

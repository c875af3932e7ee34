//! Path, query and body of a request, as the published documents declare them.

use std::collections::HashMap;

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::contract_schema::Schema;
use super::published_schema::form_fields;

/// Declared request of one operation.
#[derive(Debug)]
pub(super) struct DocumentedRequest {
    segments: Vec<Segment>,
    /// Schemas of the parameters by place and name.
    parameters: HashMap<(String, String), Schema>,
    /// Schemas of the body by media type.
    bodies: HashMap<String, Schema>,
}

/// Segment of a path.
#[derive(Debug)]
enum Segment {
    Literal(String),
    Parameter(String),
}

impl DocumentedRequest {
    /// That of `operation` at `path`.
    pub(super) fn of(document: &Value, path: &str, operation: &Value) -> Self {
        let bodies = operation["requestBody"]["content"].as_object().into_iter().flatten();
        let inline = operation["parameters"].as_array().into_iter().flatten().filter(|one| one.get("name").is_some());
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let segment = |part: &str| match part.strip_prefix('{') {
            Some(name) => Segment::Parameter(name.trim_end_matches('}').to_owned()),
            None => Segment::Literal(part.to_owned()),
        };
        Self {
            segments: path.split('/').map(segment).collect(),
            parameters: inline
                .map(|one| ((text(&one["in"]), text(&one["name"])), Schema::new(document, &one["schema"])))
                .collect(),
            bodies: bodies.map(|(kind, media)| (kind.clone(), Schema::new(document, &media["schema"]))).collect(),
        }
    }

    /// `true` when its path fits `path`.
    pub(super) fn has_path(&self, path: &str) -> bool {
        let mut parts = path.split('/');
        let fits = |segment: &Segment| match (segment, parts.next()) {
            (Segment::Literal(literal), Some(part)) => literal == part,
            (Segment::Parameter(_), Some(part)) => !part.is_empty(),
            (_, None) => false,
        };
        self.segments.iter().all(fits) && parts.next().is_none()
    }

    /// Number of segments that are no parameters: of two paths that fit, that with more of them is meant.
    pub(super) fn literals(&self) -> usize {
        self.segments.iter().filter(|segment| matches!(segment, Segment::Literal(_))).count()
    }

    /// The first breach, or an empty text.
    ///
    /// A parameter that is in no document was ignored: services reject what they do not know, and standards forbid that
    /// to a few endpoints.
    pub(super) fn complaint(&self, path: &str, query: &str, body: Option<(&str, &[u8])>) -> String {
        let parts = self.segments.iter().zip(path.split('/'));
        let in_path = parts.filter_map(|(segment, part)| match segment {
            Segment::Literal(_) => None,
            Segment::Parameter(name) => {
                Some(("path", name.clone(), percent_decode_str(part).decode_utf8_lossy().into_owned()))
            }
        });
        let in_query = url::form_urlencoded::parse(query.as_bytes())
            .map(|(name, value)| ("query", name.into_owned(), value.into_owned()));
        let breaches = in_path.chain(in_query).filter_map(|(place, name, text)| {
            let schema = self.parameters.get(&(place.to_owned(), name.clone()))?;
            let complaint = schema.complaint_of_text(&text);
            (!complaint.is_empty()).then(|| format!("{complaint} in {place} {name}"))
        });
        let body = body.map_or_else(String::new, |(kind, body)| match self.bodies.get(kind) {
            Some(schema) if kind == "application/json" => schema.complaint(body),
            Some(schema) if kind == "application/x-www-form-urlencoded" => schema.complaint_of(&form_fields(body)),
            _ => String::new(),
        });
        breaches.chain([body]).find(|complaint| !complaint.is_empty()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const FORM: &str = "application/x-www-form-urlencoded";

    /// An operation with a parameter in path and query, and a form.
    fn request() -> DocumentedRequest {
        let number = json!({"type": "integer", "maximum": 1000});
        let form = json!({"type": "object", "required": ["token"], "properties": {"token": {"type": "string"}}});
        let operation = json!({
            "parameters": [
                {"in": "path", "name": "id", "schema": {"type": "string", "format": "uuid"}},
                {"in": "query", "name": "page", "schema": number},
            ],
            "requestBody": {"content": {FORM: {"schema": form}}},
        });
        DocumentedRequest::of(&json!({"components": {"schemas": {}}}), "/things/{id}", &operation)
    }

    fn complaint(id: &str, query: &str, body: &str) -> String {
        request().complaint(&format!("/things/{id}"), query, Some((FORM, body.as_bytes())))
    }

    const ID: &str = "01a203aa-1193-7069-9322-ad531c73e5ce";

    #[test]
    fn a_valid_request_has_no_complaint() {
        assert_eq!(complaint(ID, "page=1000&unknown=x", "token=7"), "");
    }

    #[test]
    fn each_part_is_checked() {
        let id = complaint("7", "", "token=x");
        assert!(id.ends_with("in path id"), "{id}");
        for page in ["page=1001", "page=x", "page="] {
            let page = complaint(ID, page, "token=x");
            assert!(page.ends_with("in query page"), "{page}");
        }
        let form = complaint(ID, "page=1", "hint=x");
        assert!(form.contains("\"token\" is a required property"), "{form}");
    }

    #[test]
    fn a_path_fits_by_its_segments() {
        assert!(request().has_path("/things/x"));
        for other in ["/things", "/things/", "/things/x/y", "/other/x"] {
            assert!(!request().has_path(other), "{other}");
        }
    }
}

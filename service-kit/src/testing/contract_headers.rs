//! Headers of a response, as the published documents declare them.

use reqwest::header::HeaderMap;
use serde_json::Value;

/// Headers of HTTP itself, of gateways, of cross-origin requests and of settings: any response may carry them.
const GENERAL: &[&str] = &[
    "access-control-",
    "alt-svc",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "keep-alive",
    "server",
    "strict-transport-security",
    "transfer-encoding",
    "vary",
    "via",
    "x-content-type-options",
    "x-ratelimit-",
];

/// Declared headers of one response.
#[derive(Debug)]
pub(super) struct DocumentedHeaders(Vec<DocumentedHeader>);

#[derive(Debug)]
struct DocumentedHeader {
    name: String,
    required: bool,
    is_number: bool,
}

impl DocumentedHeaders {
    /// Those of `response` in `document`.
    pub(super) fn of(document: &Value, response: &Value) -> Self {
        let declared = response["headers"].as_object().into_iter().flatten();
        let header = |(name, header): (&String, &Value)| {
            let header = target(document, header);
            DocumentedHeader {
                name: name.clone(),
                required: header["required"] == true,
                is_number: header["schema"]["type"] == "integer",
            }
        };
        Self(declared.map(header).collect())
    }

    /// The first breach: a required header is absent, a header is not declared, or no number where it should be one.
    pub(super) fn complaint(&self, sent: &HeaderMap) -> Option<String> {
        if let Some(absent) = self.0.iter().find(|header| header.required && !sent.contains_key(&header.name)) {
            return Some(format!("header {} is absent", absent.name));
        }
        let is_general = |name: &str| {
            GENERAL
                .iter()
                .any(|general| if general.ends_with('-') { name.starts_with(general) } else { name == *general })
        };
        for (name, value) in sent {
            let Some(declared) = self.0.iter().find(|header| header.name.eq_ignore_ascii_case(name.as_str())) else {
                if is_general(name.as_str()) {
                    continue;
                }
                return Some(format!("header {name} is not documented"));
            };
            if declared.is_number && value.to_str().ok().and_then(|text| text.parse::<u64>().ok()).is_none() {
                return Some(format!("header {} is not a number: {value:?}", declared.name));
            }
        }
        None
    }
}

/// `value`, or what its `$ref` points to.
pub(super) fn target<'v>(document: &'v Value, value: &'v Value) -> &'v Value {
    let pointer = value["$ref"].as_str().and_then(|target| target.strip_prefix('#'));
    pointer.and_then(|pointer| document.pointer(pointer)).unwrap_or(value)
}

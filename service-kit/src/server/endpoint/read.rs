//! Typed values from paths, queries and bodies, naming each invalid field.
//!
//! Invalid values are 422, in a query as in a body. 400 is for unparsable input: no JSON, no form, and queries whose
//! names are not those of the route (unknown, repeated, missing).

use std::fmt::Display;

use contracts::codes;
use contracts::json::ObjectsOnly;
use garde::Validate;
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;
use serde::de::value::{Error as ValueError, MapDeserializer};
use serde_path_to_error::{Path, Segment};

use crate::base::error::ApiError;

/// Reads path parameters; invalid ones are named `{name}`.
pub(super) fn path<'a, T: DeserializeOwned>(
    parameters: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<T, ApiError> {
    let decoded = parameters.map(|(name, value)| (name, percent_decode_str(value).decode_utf8_lossy()));
    let deserializer = MapDeserializer::<_, ValueError>::new(decoded);
    serde_path_to_error::deserialize(deserializer).map_err(|error| {
        let name = format!("{{{}}}", error.path());
        ApiError::new(codes::INVALID_PATH).with_error(name, "invalid_value", error.inner().to_string())
    })
}

/// Reads and validates query parameters; invalid ones are named `?name`.
pub(super) fn query<T: DeserializeOwned + Validate<Context = ()>>(text: &str) -> Result<T, ApiError> {
    let deserializer = serde_urlencoded::Deserializer::new(url::form_urlencoded::parse(text.as_bytes()));
    let value: T = serde_path_to_error::deserialize(deserializer).map_err(|error| {
        let code =
            if is_about_names(&error.inner().to_string()) { codes::INVALID_QUERY } else { codes::INVALID_FIELDS };
        field_error(ApiError::new(code), "?", error.path(), error.inner())
    })?;
    check(&value, "?")?;
    Ok(value)
}

/// `true` when serde's error is about the names of fields, not about the value of one.
fn is_about_names(message: &str) -> bool {
    ["unknown field", "missing field", "duplicate field"].iter().any(|about| message.starts_with(about))
}

/// Reads and validates a form; invalid fields are named by JSON Pointer.
pub(super) fn form<T: DeserializeOwned + Validate<Context = ()>>(body: &[u8]) -> Result<T, ApiError> {
    if std::str::from_utf8(body).is_err() {
        return Err(ApiError::new(codes::MALFORMED_FORM).detail("the form is not UTF-8"));
    }
    let deserializer = serde_urlencoded::Deserializer::new(url::form_urlencoded::parse(body));
    let value: T = serde_path_to_error::deserialize(deserializer)
        .map_err(|error| field_error(ApiError::new(codes::INVALID_FIELDS), "/", error.path(), error.inner()))?;
    check(&value, "/")?;
    Ok(value)
}

/// Reads and validates a JSON body: 400 when it is not JSON, 422 when it is JSON of another shape.
pub(super) fn json<T: DeserializeOwned + Validate<Context = ()>>(body: &[u8]) -> Result<T, ApiError> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let value: T = serde_path_to_error::deserialize(ObjectsOnly(&mut deserializer)).map_err(|error| {
        if error.inner().is_data() || is_out_of_range(error.inner()) {
            field_error(ApiError::new(codes::INVALID_FIELDS), "/", error.path(), error.inner())
        } else {
            malformed(error.inner())
        }
    })?;
    deserializer.end().map_err(|error| malformed(&error))?;
    check(&value, "/")?;
    Ok(value)
}

/// `true` for a number that is JSON and larger than any of its type; whether serde_json calls that a syntax error depends
/// on its features.
fn is_out_of_range(error: &serde_json::Error) -> bool {
    error.to_string().starts_with("number out of range")
}

fn malformed(error: &serde_json::Error) -> ApiError {
    let place = format!("the JSON breaks off or is wrong at line {} column {}", error.line(), error.column());
    ApiError::new(codes::MALFORMED_JSON).detail(place)
}

/// Adds the field that could not be read to `error`.
fn field_error(error: ApiError, prefix: &str, path: &Path, inner: &impl Display) -> ApiError {
    let message = inner.to_string();
    let message = message.split(" at line ").next().unwrap_or_default();
    let field = message.split('`').nth(1).unwrap_or_default();
    let mut names: Vec<String> = path.iter().filter_map(segment).collect();
    let code = if message.starts_with("unknown field") {
        // Some formats have entered the field already, others have not.
        if names.last().is_none_or(|last| last != field) {
            names.push(field.into());
        }
        "unknown_field"
    } else if message.starts_with("missing field") {
        names.push(field.into());
        "missing_field"
    } else if message.starts_with("invalid type") {
        "wrong_type"
    } else {
        "invalid_value"
    };
    error.with_error(pointer(prefix, &names), code, message)
}

fn segment(segment: &Segment) -> Option<String> {
    match segment {
        Segment::Seq { index } => Some(index.to_string()),
        Segment::Map { key } => Some(key.clone()),
        Segment::Enum { .. } | Segment::Unknown => None,
    }
}

/// A JSON Pointer (RFC 6901), or `?name` for a query.
fn pointer(prefix: &str, names: &[String]) -> String {
    let names: Vec<_> = names.iter().map(|name| name.replace('~', "~0").replace('/', "~1")).collect();
    if names.is_empty() { String::new() } else { format!("{prefix}{}", names.join("/")) }
}

/// Validates all rules.
fn check(value: &impl Validate<Context = ()>, prefix: &str) -> Result<(), ApiError> {
    let Err(report) = value.validate() else { return Ok(()) };
    Err(report.iter().fold(ApiError::new(codes::INVALID_FIELDS), |error, (path, rule)| {
        let names: Vec<String> = path
            .to_string()
            .split(['.', '['])
            .map(|name| name.trim_end_matches(']').to_owned())
            .filter(|name| !name.is_empty())
            .collect();
        error.with_error(pointer(prefix, &names), "invalid_value", rule.message())
    }))
}

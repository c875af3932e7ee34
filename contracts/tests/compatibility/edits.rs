//! Small changes of one place of a document. `None` says that one does not apply there.

use serde_json::{Map, Value, json};

pub fn first(object: &mut Value, keep: impl Fn(&Value) -> bool) -> Option<&mut Value> {
    object["properties"].as_object_mut()?.values_mut().find(|field| keep(field))
}

pub fn is_text(field: &Value) -> bool {
    field["type"] == "string" || field["type"].as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind == "string"))
}

pub fn set(value: &mut Value, key: &str, to: Value) -> Option<()> {
    let fields: &mut Map<String, Value> = value.as_object_mut()?;
    (fields.insert(key.to_owned(), to.clone()) != Some(to)).then_some(())
}

pub fn take(value: &mut Value, key: &str) -> Option<Value> {
    value.as_object_mut()?.remove(key)
}

pub fn require_first_optional(object: &mut Value) -> Option<()> {
    let required = object["required"].as_array().cloned().unwrap_or_default();
    let optional = object["properties"].as_object()?.keys().find(|name| !required.contains(&json!(name)))?.clone();
    set(object, "required", required.into_iter().chain([json!(optional)]).collect())
}

pub fn release_first_required(object: &mut Value) -> Option<()> {
    let mut required = object["required"].as_array()?.clone();
    required.pop()?;
    set(object, "required", Value::from(required))
}

pub fn remove_first_field(object: &mut Value) -> Option<()> {
    let name = object["properties"].as_object()?.keys().next()?.clone();
    if let Some(required) = object["required"].as_array_mut() {
        required.retain(|one| *one != json!(name));
    }
    take(&mut object["properties"], &name).map(drop)
}

pub fn success(operation: &mut Value) -> Option<&mut Value> {
    let responses = operation["responses"].as_object_mut()?;
    responses.iter_mut().find(|(status, _)| status.starts_with('2')).map(|(_, response)| response)
}

pub fn move_success(operation: &mut Value) -> Option<()> {
    let responses = operation["responses"].as_object_mut()?;
    let status = responses.keys().find(|status| status.starts_with('2'))?.clone();
    let response = responses.remove(&status)?;
    responses.insert("299".into(), response);
    Some(())
}

/// Codes of the first problem response that stands in the operation itself.
pub fn inline_codes(operation: &mut Value) -> Option<&mut Vec<Value>> {
    let responses = operation["responses"].as_object_mut()?;
    responses.values_mut().find_map(|response| {
        let pointer = "/content/application~1problem+json/schema/properties/code/enum";
        response.pointer_mut(pointer)?.as_array_mut()
    })
}

pub fn parameter(operation: &mut Value, keep: impl Fn(&Value) -> bool) -> Option<&mut Value> {
    operation["parameters"].as_array_mut()?.iter_mut().find(|one| one.get("name").is_some() && keep(one))
}

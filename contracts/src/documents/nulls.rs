//! The output view: `null` and unknown fields. An optional field of a request may be `null` or absent; in a path, a query and a response it is
//! absent.

use serde_json::Value;

/// `schema` without `null`.
pub(super) fn not_null(schema: &Value) -> Value {
    let mut schema = schema.clone();
    let Some(fields) = schema.as_object_mut() else { return schema };
    if let Some(types) = fields.get("type").and_then(Value::as_array) {
        let types: Vec<Value> = types.iter().filter(|kind| *kind != "null").cloned().collect();
        let types = if let [one] = types.as_slice() { one.clone() } else { Value::from(types) };
        fields.insert("type".into(), types);
    }
    if let Some(choices) = fields.get("anyOf").and_then(Value::as_array) {
        let choices: Vec<Value> = choices.iter().filter(|one| one["type"] != "null").cloned().collect();
        if let [Value::Object(only)] = choices.as_slice() {
            let only = only.clone();
            fields.remove("anyOf");
            for (name, value) in only {
                fields.entry(name).or_insert(value);
            }
        } else {
            fields.insert("anyOf".into(), Value::from(choices));
        }
    }
    if let Some(values) = fields.get_mut("enum").and_then(Value::as_array_mut) {
        values.retain(|value| !value.is_null());
    }
    if fields.get("default").is_some_and(Value::is_null) {
        fields.remove("default");
    }
    schema
}

/// Allows unknown fields in all objects of `schema`: clients ignore fields of a response that they do not know, also where
/// the same type refuses them in a request.
pub(super) fn opened(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if fields.get("additionalProperties") == Some(&Value::Bool(false)) {
                fields.remove("additionalProperties");
            }
            fields.values_mut().for_each(opened);
        }
        Value::Array(items) => items.iter_mut().for_each(opened),
        _ => {}
    }
}

/// Removes `null` from the optional fields of all objects in `schema`: the output view of an `Option` that is skipped
/// when it is `None`.
pub(super) fn absent_instead_of_null(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            let required = fields.get("required").cloned().unwrap_or_default();
            let is_required = |name: &str| required.as_array().is_some_and(|all| all.iter().any(|one| one == name));
            if let Some(Value::Object(properties)) = fields.get_mut("properties") {
                for (_, field) in properties.iter_mut().filter(|(name, _)| !is_required(name)) {
                    *field = not_null(field);
                }
            }
            fields.values_mut().for_each(absent_instead_of_null);
        }
        Value::Array(items) => items.iter_mut().for_each(absent_instead_of_null),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn optional_fields_of_a_response_are_never_null_and_required_ones_may_be() {
        let mut schema = json!({"type": "object", "required": ["known"], "properties": {
            "known": {"type": ["string", "null"]},
            "absent": {"type": ["string", "null"], "default": null},
            "other": {"anyOf": [{"$ref": "#/$defs/Other"}, {"type": "null"}], "description": "Another."},
        }});
        absent_instead_of_null(&mut schema);
        assert_eq!(schema["properties"]["known"], json!({"type": ["string", "null"]}));
        assert_eq!(schema["properties"]["absent"], json!({"type": "string"}));
        assert_eq!(schema["properties"]["other"], json!({"$ref": "#/$defs/Other", "description": "Another."}));
    }
}

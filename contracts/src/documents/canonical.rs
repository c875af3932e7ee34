//! Canonical JSON text: sorted keys, two spaces, LF, one at the end. Independent of the order in which maps were filled,
//! also when another crate of the tree enables `preserve_order` of serde_json.

use std::fmt::Write as _;

use serde_json::Value;

/// `value` as canonical text.
pub fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write_value(&mut text, value, 0);
    text.push('\n');
    text
}

fn write_value(text: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(name, _)| name.as_str());
            let fields = fields.into_iter().map(|(name, value)| (Some(name.as_str()), value));
            write_items(text, ['{', '}'], fields, depth);
        }
        Value::Array(items) if !items.is_empty() => {
            write_items(text, ['[', ']'], items.iter().map(|value| (None, value)), depth);
        }
        scalar => {
            let _ = write!(text, "{scalar}"); // into a string: cannot fail
        }
    }
}

fn write_items<'a>(
    text: &mut String,
    [open, close]: [char; 2],
    items: impl Iterator<Item = (Option<&'a str>, &'a Value)>,
    depth: usize,
) {
    text.push(open);
    for (index, (name, value)) in items.enumerate() {
        text.push_str(if index == 0 { "\n" } else { ",\n" });
        indent(text, depth + 1);
        if let Some(name) = name {
            let _ = write!(text, "{}: ", Value::from(name));
        }
        write_value(text, value, depth + 1);
    }
    text.push('\n');
    indent(text, depth);
    text.push(close);
}

fn indent(text: &mut String, depth: usize) {
    text.extend(std::iter::repeat_n("  ", depth));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_are_sorted_and_the_text_reads_back_as_the_value() {
        let value = json!({"b": [1, {"z": null, "a": "ü\"\n"}], "a": {}, "c": []});
        let text = canonical(&value);
        assert_eq!(
            text,
            "{\n  \"a\": {},\n  \"b\": [\n    1,\n    {\n      \"a\": \"ü\\\"\\n\",\n      \"z\": null\n    }\n  ],\n  \"c\": []\n}\n"
        );
        assert_eq!(serde_json::from_str::<Value>(&text).ok(), Some(value));
    }
}

//! Variants of a value: one field changed to values on, under and over each bound of its schema, of other types, absent,
//! or unknown. What is valid is the schema's verdict.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::contract_schema::Schema;

/// Length of texts for fields without a stated maximum.
const LONG: usize = 2000;

/// A value with one change.
#[derive(Debug, Clone)]
pub struct Variant {
    /// JSON Pointer to the change.
    pub pointer: String,
    /// The whole value.
    pub value: Value,
    /// `true` when the schema permits it.
    pub is_valid: bool,
}

/// Values by the name of a field, for bounds that cannot be met by a text of one letter.
pub type Samples<'a> = &'a [(&'a str, &'a [&'a str])];

/// Generates variants by the schemas of one document.
#[derive(Debug)]
pub(super) struct Generator<'a> {
    pub document: &'a Value,
    pub samples: Samples<'a>,
}

impl Generator<'_> {
    /// All variants of `base`.
    ///
    /// # Panics
    /// When `base` is not valid, or no variant is on and none beyond a bound: then a sample is missing.
    pub(super) fn variants(&self, schema: &Value, base: &Value) -> Vec<Variant> {
        let judge = Schema::new(self.document, schema);
        assert_eq!(judge.complaint_of(base), "", "{base}");
        let mut changes = Vec::new();
        self.walk(schema, "", base, &mut changes);
        let mut seen = BTreeSet::new();
        let mut variants = Vec::new();
        for (pointer, change) in changes {
            let mut value = base.clone();
            apply(&mut value, &pointer, change.clone());
            if seen.insert(value.to_string()) {
                let is_valid = judge.complaint_of(&value).is_empty();
                variants.push(Variant { pointer, value, is_valid });
            }
        }
        variants
    }

    /// Texts for a parameter in a path or query, with the verdict of its schema; `name` chooses the samples.
    pub(super) fn texts(&self, schema: &Value, name: &str) -> BTreeMap<String, bool> {
        let judge = Schema::new(self.document, schema);
        let scalars = self.candidates(schema, name, None).into_iter().filter_map(|value| match value {
            Value::String(text) => Some(text),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
            scalar => Some(scalar.to_string()),
        });
        scalars.map(|text| (text.clone(), judge.complaint_of_text(&text).is_empty())).collect()
    }

    /// Collects the changes below `at`; `None` removes.
    fn walk(&self, schema: &Value, at: &str, base: &Value, changes: &mut Vec<(String, Option<Value>)>) {
        let leaves = self.leaves(schema);
        let is_object = base.pointer(at).is_some_and(Value::is_object); // and not another alternative
        let objects = leaves.iter().filter(|_| is_object);
        for (name, field) in objects.filter_map(|leaf| leaf["properties"].as_object()).flatten() {
            let pointer = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
            let current = base.pointer(&pointer);
            changes
                .extend(self.candidates(field, name, current).into_iter().map(|value| (pointer.clone(), Some(value))));
            if current.is_some() {
                changes.push((pointer.clone(), None));
            }
            self.walk(field, &pointer, base, changes); // of an absent list the items, of others nothing
        }
        if is_object {
            changes.push((format!("{at}/surprise"), Some(json!(1))));
        }
        for items in leaves.iter().filter_map(|leaf| leaf.get("items")) {
            if base.pointer(at).is_some_and(|list| !list.is_array() && !list.is_null()) {
                continue; // another alternative
            }
            let (pointer, name) = (format!("{at}/0"), at.rsplit('/').next().unwrap_or_default());
            changes.extend(self.candidates(items, name, None).into_iter().map(|value| (pointer.clone(), Some(value))));
            if base.pointer(&pointer).is_some() {
                self.walk(items, &pointer, base, changes);
            }
        }
    }

    /// The schema with every alternative in it, references followed.
    fn leaves(&self, schema: &Value) -> Vec<Value> {
        let mut open = vec![schema.clone()];
        let mut leaves = Vec::new();
        while let Some(schema) = open.pop() {
            if let Some(pointer) = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) {
                open.push(self.document.pointer(pointer).cloned().unwrap_or_default());
            }
            for alternatives in ["anyOf", "oneOf", "allOf"] {
                open.extend(schema[alternatives].as_array().into_iter().flatten().cloned());
            }
            leaves.push(schema);
        }
        leaves
    }

    /// Values around every bound of `schema`, and of every type.
    fn candidates(&self, schema: &Value, name: &str, current: Option<&Value>) -> Vec<Value> {
        let mut values = vec![json!(null), json!(true), json!(7), json!("made-up"), json!([]), json!({})];
        let samples = self.samples.iter().filter(|(field, _)| *field == name).flat_map(|(_, texts)| *texts);
        values.extend(samples.map(|text| json!(text)));
        let leaves = self.leaves(schema);
        for leaf in &leaves {
            values.extend(leaf.get("const").cloned());
            values.extend(leaf["enum"].as_array().into_iter().flatten().cloned());
            // serde reads a variant without fields from this as well.
            values.extend(leaf["const"].as_str().map(|name| json!({name: null})));
            match types(leaf).as_slice() {
                types if types.contains(&"string") => values.extend(texts(leaf).into_iter().map(Value::from)),
                types if types.contains(&"integer") => values.extend(integers(leaf)),
                types if types.contains(&"number") => values.extend(numbers(leaf)),
                types if types.contains(&"array") => values.extend(arrays(leaf, current)),
                types if types.contains(&"boolean") => values.push(json!(false)),
                _ => {}
            }
        }
        let judge = Schema::new(self.document, schema);
        leaves.iter().for_each(|leaf| assert_met(leaf, name, &values, &judge));
        values
    }
}

fn types(leaf: &Value) -> Vec<&str> {
    match &leaf["type"] {
        Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    }
}

fn texts(leaf: &Value) -> Vec<String> {
    let bound = |name: &str| leaf[name].as_u64().and_then(|bound| usize::try_from(bound).ok());
    let mut lengths = vec![0, 1];
    lengths.extend(bound("minLength").into_iter().flat_map(|least| [least.saturating_sub(1), least]));
    lengths.extend(bound("maxLength").map_or(vec![LONG], |most| vec![most, most + 1]));
    let mut texts: Vec<String> = lengths.into_iter().map(|length| "a".repeat(length)).collect();
    texts.extend(bound("maxLength").into_iter().flat_map(|most| ["я".repeat(most), "я".repeat(most + 1)]));
    texts.extend(["a\u{7}b", "a\u{0}b", "  "].map(ToOwned::to_owned));
    let of_format: &[&str] = match leaf["format"].as_str() {
        Some("date") => &["2000-02-29", "2001-02-29", "2000-2-9", "29.02.2000"],
        Some("date-time") => {
            &["2026-01-01T00:00:00Z", "2026-01-01T03:00:00+03:00", "2026-13-01T00:00:00Z", "2026-01-01"]
        }
        Some("uuid") => {
            &["01a203aa-1193-7069-9322-ad531c73e5ce", "01a203aa11937069932", "01a203aa-1193-7069-9322-ad531c73e5cg"]
        }
        _ => &[],
    };
    texts.extend(of_format.iter().map(|text| (*text).to_owned()));
    texts
}

fn integers(leaf: &Value) -> Vec<Value> {
    let bounds = ["minimum", "maximum"].into_iter().filter_map(|name| leaf[name].as_i64());
    bounds.flat_map(|bound| [bound - 1, bound, bound + 1]).map(Value::from).chain([json!(1.5)]).collect()
}

fn numbers(leaf: &Value) -> Vec<Value> {
    let bounds = ["minimum", "maximum"].into_iter().filter_map(|name| leaf[name].as_f64());
    bounds.flat_map(|bound| [bound - 0.5, bound, bound + 0.5]).map(Value::from).collect()
}

/// Arrays of as many copies of the current item as each bound permits, and of one more and one less.
fn arrays(leaf: &Value, current: Option<&Value>) -> Vec<Value> {
    let Some(item) = current.and_then(|current| current.get(0)) else { return Vec::new() };
    let bounds = ["minItems", "maxItems"].into_iter().filter_map(|name| leaf[name].as_u64());
    let lengths = bounds.flat_map(|bound| [bound.saturating_sub(1), bound, bound + 1]);
    lengths.map(|length| Value::from(vec![item.clone(); usize::try_from(length).unwrap_or(0)])).collect()
}

/// Asserts that `values` are on and beyond the bounds of a text or number.
fn assert_met(leaf: &Value, name: &str, values: &[Value], judge: &Schema) {
    let is_valid = |value: &Value| judge.complaint_of(value).is_empty();
    if leaf.get("pattern").is_some() || leaf.get("format").is_some() {
        let texts = || values.iter().filter(|value| value.is_string());
        assert!(texts().any(is_valid) && !texts().all(is_valid), "{name} needs a sample: {leaf}");
    }
    for (bound, beyond) in [("minLength", -1), ("maxLength", 1), ("minimum", -1), ("maximum", 1)] {
        let Some(limit) = leaf[bound].as_i64() else { continue };
        if leaf.get("enum").is_some() || (bound == "minLength" && limit == 0) {
            continue;
        }
        let measure = |value: &Value| match value {
            Value::String(text) if bound.ends_with("Length") => i64::try_from(text.chars().count()).ok(),
            Value::Number(number) if !bound.ends_with("Length") => number.as_i64(),
            _ => None,
        };
        let at = |place: i64| move |value: &&Value| measure(value) == Some(place);
        assert!(values.iter().filter(at(limit)).any(is_valid), "{name} needs a sample on its {bound}: {leaf}");
        let over = values.iter().filter(at(limit + beyond)).any(|value| !is_valid(value));
        assert!(over, "{name} needs a sample beyond its {bound}: {leaf}");
    }
}

/// Sets or removes the value at `pointer`. Its parent exists, or is a list that is created here.
fn apply(root: &mut Value, pointer: &str, change: Option<Value>) {
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer below the root");
    let name = name.replace("~1", "/").replace("~0", "~");
    if name == "0" && root.pointer(parent).is_none_or(Value::is_null) {
        apply(root, parent, Some(json!([])));
    }
    match (root.pointer_mut(parent), change) {
        (Some(Value::Array(items)), Some(value)) if items.is_empty() => items.push(value),
        (Some(Value::Object(fields)), Some(value)) => _ = fields.insert(name, value),
        (Some(Value::Object(fields)), None) => _ = fields.remove(&name),
        (Some(Value::Array(items)), Some(value)) => items[name.parse::<usize>().expect("an index")] = value,
        (parent, _) => panic!("{pointer}: {parent:?} holds no fields"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variants(schema: &Value, base: &Value) -> Vec<(String, Value, bool)> {
        let generator = Generator { document: &json!({}), samples: &[("code", &["AB", "A1"])] };
        let variants = generator.variants(schema, base).into_iter();
        variants.map(|variant| (variant.pointer, variant.value, variant.is_valid)).collect()
    }

    #[test]
    fn each_bound_has_values_on_and_beyond_it() {
        let schema = json!({
            "type": "object", "required": ["age"], "additionalProperties": false,
            "properties": {
                "age": {"type": "integer", "minimum": 18, "maximum": 99},
                "name": {"type": "string", "minLength": 2, "maxLength": 3},
                "code": {"type": "string", "pattern": "^[A-Z]{2}$"},
            },
        });
        let all = variants(&schema, &json!({"age": 20}));
        for (pointer, value, is_valid) in [
            ("/age", json!({"age": 17}), false),
            ("/age", json!({"age": 18}), true),
            ("/age", json!({"age": 100}), false),
            ("/age", json!({}), false),
            ("/name", json!({"age": 20, "name": "яяя"}), true),
            ("/name", json!({"age": 20, "name": "a"}), false),
            ("/name", json!({"age": 20, "name": "aaaa"}), false),
            ("/code", json!({"age": 20, "code": "AB"}), true),
            ("/surprise", json!({"age": 20, "surprise": 1}), false),
        ] {
            assert!(all.contains(&(pointer.to_owned(), value.clone(), is_valid)), "{pointer} {value}: {all:?}");
        }
    }

    #[test]
    fn items_and_inner_objects_are_varied() {
        let item = json!({"type": "object", "properties": {"kind": {"enum": ["tv", "phone"]}}});
        let schema = json!({"properties": {"list": {"type": "array", "maxItems": 2, "items": item}}});
        let all = variants(&schema, &json!({"list": [{"kind": "tv"}]}));
        let tv = json!({"kind": "tv"});
        for (pointer, value, is_valid) in [
            ("/list", json!({"list": [tv, tv]}), true),
            ("/list", json!({"list": [tv, tv, tv]}), false),
            ("/list/0/kind", json!({"list": [{"kind": "phone"}]}), true),
            ("/list/0/kind", json!({"list": [{"kind": "made-up"}]}), false),
        ] {
            assert!(all.contains(&(pointer.to_owned(), value.clone(), is_valid)), "{pointer} {value}: {all:?}");
        }
    }

    #[test]
    fn items_of_a_list_that_the_example_lacks_are_varied() {
        let schema = json!({"properties": {"list": {"type": ["array", "null"], "items": {"enum": ["tv"]}}}});
        for base in [json!({}), json!({"list": null}), json!({"list": []})] {
            let all = variants(&schema, &base);
            for (item, is_valid) in [("tv", true), ("made-up", false)] {
                assert!(all.contains(&("/list/0".to_owned(), json!({"list": [item]}), is_valid)), "{item}: {all:?}");
            }
        }
    }

    #[test]
    #[should_panic(expected = "zip needs a sample")]
    fn a_pattern_without_a_sample_is_reported() {
        variants(&json!({"properties": {"zip": {"type": "string", "pattern": "^[0-9]{6}$"}}}), &json!({}));
    }
}

//! Schemas of all types of a service, in one namespace. Requests have the input view of a type (what is accepted),
//! responses the output view (what is sent): a field with a default is optional in one and present in the other.

use std::collections::{BTreeMap, BTreeSet};

use schemars::SchemaGenerator;
use schemars::generate::{Contract, SchemaSettings};
use serde_json::{Map, Value, json};

use super::nulls::{absent_instead_of_null, opened};
use super::{DocumentError, Service};
use crate::endpoint::MAX_SAFE_INTEGER;
use crate::operation::Operation;
use crate::problem::Problem;

/// Prefix of references while schemas are collected, and in schema files.
const DEFS: &str = "#/$defs/";

/// Types of the contract that stand for an absent path, query or body.
pub(super) const EMPTY: [&str; 3] = ["Nothing", "Ignored", "NoContent"];

/// Schemas of one operation. References point into [`ServiceSchemas::definitions`].
#[derive(Debug, Clone)]
pub(super) struct OperationSchemas {
    pub operation: &'static Operation,
    pub path: Value,
    pub query: Value,
    pub body: Value,
    pub output: Value,
}

/// Schemas of one service.
#[derive(Debug, Clone)]
pub(super) struct ServiceSchemas {
    pub operations: Vec<OperationSchemas>,
    /// Schemas that others refer to, by name.
    pub definitions: BTreeMap<String, Value>,
}

impl ServiceSchemas {
    pub(super) fn of(service: &Service) -> Result<Self, DocumentError> {
        let (mut input, mut output) = (generator(Contract::Deserialize), generator(Contract::Serialize));
        let mut operations: Vec<_> = service
            .all_operations()
            .map(|operation| OperationSchemas {
                operation,
                path: (operation.path)(&mut input).to_value(),
                query: (operation.query)(&mut input).to_value(),
                body: (operation.body)(&mut input).to_value(),
                output: (operation.output)(&mut output).to_value(),
            })
            .collect();
        output.subschema_for::<Problem>();
        let (input, mut output) = (definitions(&mut input)?, definitions(&mut output)?);
        output.values_mut().for_each(absent_instead_of_null);
        output.values_mut().for_each(opened);
        let split = differing(&input, &output);
        let to_input = |name: &str| if split.contains(name) { format!("{name}Input") } else { name.to_owned() };
        let mut definitions = BTreeMap::new();
        for (name, schema) in &input {
            definitions.insert(to_input(name), renamed(schema, &to_input));
        }
        definitions.extend(output);
        for schemas in &mut operations {
            for value in [&mut schemas.path, &mut schemas.query, &mut schemas.body] {
                *value = renamed(value, &to_input);
                portable(value);
            }
            portable(&mut schemas.output);
        }
        Ok(Self { operations, definitions })
    }

    /// `schema`, or the definition that it refers to.
    pub(super) fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        reference(schema).and_then(|name| self.definitions.get(name)).unwrap_or(schema)
    }

    /// Definitions that `schema` needs, directly or by way of others.
    pub(super) fn needed_by(&self, schema: &Value) -> BTreeMap<String, Value> {
        let mut needed = BTreeMap::new();
        let mut open: Vec<String> = references(schema).into_iter().collect();
        while let Some(name) = open.pop() {
            if let Some(definition) = self.definitions.get(&name)
                && !needed.contains_key(&name)
            {
                open.extend(references(definition));
                needed.insert(name, definition.clone());
            }
        }
        needed
    }
}

/// The definition that `schema` refers to, if it is nothing but a reference.
pub(super) fn reference(schema: &Value) -> Option<&str> {
    schema.get("$ref")?.as_str()?.strip_prefix(DEFS)
}

/// `schema` with references to `target` in place of `#/$defs/`.
pub(super) fn relocated(schema: &Value, target: &str) -> Value {
    mapped(schema, &|reference| reference.strip_prefix(DEFS).map(|name| format!("{target}{name}")))
}

pub(super) fn generator(contract: Contract) -> SchemaGenerator {
    SchemaSettings::draft2020_12().with(|settings| settings.contract = contract).into_generator()
}

/// Named schemas that a generator has collected, in [`portable`] form.
pub(super) fn definitions(generator: &mut SchemaGenerator) -> Result<BTreeMap<String, Value>, DocumentError> {
    let found: BTreeMap<String, Value> = generator.take_definitions(true).into_iter().collect();
    for name in found.keys() {
        let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
        if stem.len() < name.len() && found.contains_key(stem) {
            return Err(DocumentError(format!("two types are named {stem}; rename one with #[schemars(rename)]")));
        }
    }
    Ok(found
        .into_iter()
        .map(|(name, mut schema)| {
            portable(&mut schema);
            (name, schema)
        })
        .collect())
}

/// Names whose views differ, in themselves or in what they refer to.
fn differing(input: &BTreeMap<String, Value>, output: &BTreeMap<String, Value>) -> BTreeSet<String> {
    let shared = || input.iter().filter_map(|(name, schema)| Some((name, schema, output.get(name)?)));
    let mut split: BTreeSet<String> =
        shared().filter(|(_, input, output)| input != output).map(|(name, ..)| name.clone()).collect();
    loop {
        let more: Vec<String> = shared()
            .filter(|(name, schema, _)| !split.contains(*name) && !references(schema).is_disjoint(&split))
            .map(|(name, ..)| name.clone())
            .collect();
        if more.is_empty() {
            return split;
        }
        split.extend(more);
    }
}

fn references(schema: &Value) -> BTreeSet<String> {
    match schema {
        Value::Object(fields) => {
            reference(schema).map(str::to_owned).into_iter().chain(fields.values().flat_map(references)).collect()
        }
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => BTreeSet::new(),
    }
}

fn renamed(schema: &Value, name: &impl Fn(&str) -> String) -> Value {
    mapped(schema, &|reference| reference.strip_prefix(DEFS).map(|old| format!("{DEFS}{}", name(old))))
}

/// `schema` with each `$ref` replaced for which `to` gives another.
fn mapped(schema: &Value, to: &impl Fn(&str) -> Option<String>) -> Value {
    match schema {
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| {
                let new = (name == "$ref").then(|| value.as_str().and_then(to)).flatten();
                (name.clone(), new.map_or_else(|| mapped(value, to), Value::from))
            });
            Value::Object(fields.collect())
        }
        Value::Array(items) => items.iter().map(|item| mapped(item, to)).collect(),
        scalar => scalar.clone(),
    }
}

/// Replaces formats of Rust's numbers, which validators in strict mode reject, by the bounds that they stand for.
pub(super) fn portable(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            let format = fields.get("format").and_then(Value::as_str).map(str::to_owned);
            if let Some(bounds) = format.as_deref().and_then(number_bounds) {
                fields.remove("format");
                narrow(fields, bounds);
            }
            // Examples and defaults are values, not schemas.
            for (name, value) in fields.iter_mut() {
                if !matches!(name.as_str(), "default" | "examples" | "const" | "enum") {
                    portable(value);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(portable),
        _ => {}
    }
}

/// Least and greatest value of a number format; 64-bit integers are bounded by what every JSON reader keeps exact.
fn number_bounds(format: &str) -> Option<Option<(i64, u64)>> {
    let most = MAX_SAFE_INTEGER;
    Some(Some(match format {
        "uint8" => (0, u8::MAX.into()),
        "uint16" => (0, u16::MAX.into()),
        "uint32" => (0, u32::MAX.into()),
        "uint64" | "uint" => (0, most),
        "int8" => (i8::MIN.into(), 127),
        "int16" => (i16::MIN.into(), 32_767),
        "int32" => (i32::MIN.into(), 2_147_483_647),
        "int64" | "int" => (-most.cast_signed(), most),
        "float" | "double" => return Some(None),
        _ => return None,
    }))
}

fn narrow(fields: &mut Map<String, Value>, bounds: Option<(i64, u64)>) {
    let Some((least, most)) = bounds else { return };
    fields.entry("minimum").or_insert_with(|| json!(least));
    fields.entry("maximum").or_insert_with(|| json!(most));
}

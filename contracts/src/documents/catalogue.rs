//! Catalogue of problem codes.

use serde_json::{Value, json};

use super::SERVICES;
use crate::codes;
use crate::error_format::ErrorFormat;
use crate::examples;
use crate::problem::Code;

/// All codes with status, title, type, and the operations that may answer them.
pub(super) fn codes() -> Value {
    let entries: Vec<Value> = codes::ALL.iter().map(|code| entry(code)).collect();
    json!({"codes": entries, "everywhere": codes::EVERYWHERE.iter().map(|code| code.code).collect::<Vec<_>>()})
}

fn entry(code: &Code) -> Value {
    let everywhere = codes::EVERYWHERE.iter().any(|known| known.code == code.code);
    let operations = |service: &super::Service| -> Vec<String> {
        let answering = service.operations.iter().filter(|operation| operation.info.may_answer(code));
        answering.map(|operation| format!("{}/{}", service.name, operation.info.id)).collect()
    };
    let operations: Vec<String> = if everywhere { Vec::new() } else { SERVICES.iter().flat_map(operations).collect() };
    json!({
        "code": code.code,
        "status": code.status,
        "title": code.title,
        "type": code.type_uri(),
        "operations": operations,
        "example": examples::problem(code, ErrorFormat::Problem),
    })
}

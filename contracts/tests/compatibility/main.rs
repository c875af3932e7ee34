//! The rules of compatibility, proved on the published documents: each breaking rule applied to real places is reported,
//! each allowed change passes.

mod allowed;
mod breaking;
mod edits;
mod places;

use contracts::compatibility::{Difference, Kind, compare_codes, compare_documents};
use contracts::published::CODES;
use serde_json::{Value, json};

use allowed::{ALLOWED_IN_DOCUMENTS, ALLOWED_IN_OPERATIONS, ALLOWED_IN_REQUESTS, ALLOWED_IN_RESPONSES};
use breaking::{BREAKING_IN_DOCUMENTS, BREAKING_IN_OPERATIONS, BREAKING_IN_REQUESTS, BREAKING_IN_RESPONSES};
use places::{documents, mutations, operations, request_objects, response_objects, whole};

fn fails(differences: &[Difference]) -> bool {
    differences.iter().any(|difference| matches!(difference.kind, Kind::Breaking | Kind::Unhandled))
}

#[test]
fn every_breaking_change_of_the_real_documents_is_reported() {
    let all = [
        mutations(BREAKING_IN_REQUESTS, request_objects),
        mutations(BREAKING_IN_RESPONSES, response_objects),
        mutations(BREAKING_IN_OPERATIONS, operations),
        mutations(BREAKING_IN_DOCUMENTS, whole),
    ]
    .concat();
    let missed: Vec<_> = all.iter().filter(|(_, differences)| !fails(differences)).map(|(name, _)| name).collect();
    assert!(missed.is_empty(), "not reported: {missed:#?}");
    assert!(all.len() >= 60, "{} mutations", all.len());
}

#[test]
fn every_allowed_change_of_the_real_documents_passes() {
    let all = [
        mutations(ALLOWED_IN_REQUESTS, request_objects),
        mutations(ALLOWED_IN_RESPONSES, response_objects),
        mutations(ALLOWED_IN_OPERATIONS, operations),
        mutations(ALLOWED_IN_DOCUMENTS, whole),
    ]
    .concat();
    let refused: Vec<_> = all.iter().filter(|(_, differences)| fails(differences)).collect();
    assert!(refused.is_empty(), "refused: {refused:#?}");
    assert!(all.len() >= 40, "{} mutations", all.len());
}

#[test]
fn a_document_is_compatible_with_itself() {
    for document in documents() {
        assert_eq!(compare_documents(&document, &document), []);
    }
}

#[test]
fn codes_may_be_added_and_neither_removed_nor_moved() {
    let catalogue: Value = serde_json::from_str(CODES.1).expect("JSON");
    let mut longer = catalogue.clone();
    let new = json!({"code": "some.new_code", "status": 418, "title": "New", "type": "urn:new"});
    longer["codes"].as_array_mut().expect("codes").push(new);
    assert!(!fails(&compare_codes(&catalogue, &longer)));
    assert!(fails(&compare_codes(&longer, &catalogue)), "removed");
    for field in ["status", "type"] {
        let mut moved = catalogue.clone();
        moved["codes"][0][field] = json!("other");
        assert!(fails(&compare_codes(&catalogue, &moved)), "{field}");
    }
    let mut retitled = catalogue.clone();
    retitled["codes"][0]["title"] = json!("Better words");
    assert_eq!(compare_codes(&catalogue, &retitled), []);
}

#[test]
fn a_new_field_breaks_a_response_that_was_closed() {
    let document = documents().remove(0);
    let pointer = "/components/schemas/UserProfile";
    let mut closed = document.clone();
    closed.pointer_mut(pointer).expect("a schema")["additionalProperties"] = json!(false);
    let mut longer = closed.clone();
    longer.pointer_mut(pointer).expect("a schema")["properties"]["brand_new"] = json!({"type": "string"});
    assert!(fails(&compare_documents(&closed, &longer)));
}

/// Two documents with one scheme of OAuth each, and these scopes in its flow.
fn documents_with_scopes(before: Value, after: Value) -> [Value; 2] {
    [before, after].map(|scopes| {
        let flow = json!({"tokenUrl": "/oauth2/token", "scopes": scopes});
        json!({"components": {"securitySchemes": {"oauth": {"type": "oauth2", "flows": {"clientCredentials": flow}}}}})
    })
}

#[test]
fn scopes_may_be_added_and_not_removed() {
    let [one, two] = documents_with_scopes(json!({"read": ""}), json!({"read": "Reads.", "write": ""}));
    assert!(!fails(&compare_documents(&one, &two)));
    assert!(fails(&compare_documents(&two, &one)));
}

//! Comparison of two releases: all published files of each.

use serde_json::Value;

use super::{Difference, Kind, compare_codes, compare_documents, compare_request_schemas};
use crate::documents::Document;

/// Differences between the files of two releases.
///
/// # Errors
/// When a file is not JSON.
pub fn compare_releases(old: &[Document], new: &[Document]) -> Result<Vec<Difference>, serde_json::Error> {
    let mut differences = Vec::new();
    for document in old {
        let Some(current) = new.iter().find(|other| other.path == document.path) else {
            let change = "was removed".to_owned();
            differences.push(Difference { kind: Kind::Breaking, place: document.path.clone(), change });
            continue;
        };
        let (before, after) = (serde_json::from_str(&document.text)?, serde_json::from_str(&current.text)?);
        differences.extend(compare_files(&document.path, &before, &after));
    }
    Ok(differences)
}

/// Differences between two versions of one file.
fn compare_files(path: &str, old: &Value, new: &Value) -> Vec<Difference> {
    let (mut differences, name) = match path.split_once('/') {
        None => (compare_codes(old, new), "codes"),
        Some((service, "openapi.json")) => (compare_documents(old, new), service),
        Some((_, "film-record.schema.json")) => (compare_request_schemas(old, new), path),
        Some(_) => (Vec::new(), path), // the other schemas hold nothing but what the documents hold
    };
    for difference in &mut differences {
        difference.place = format!("{name}: {}", difference.place);
    }
    if old["$id"] != new["$id"] {
        let change = format!("has `$id` {}", new["$id"]);
        differences.push(Difference { kind: Kind::Breaking, place: path.to_owned(), change });
    }
    differences
}

/// The differences as sections of a changelog (Keep a Changelog 1.1.0).
pub fn changelog(differences: &[Difference]) -> String {
    let mut text = String::new();
    for (title, is_listed) in [("Added", true), ("Changed", false)] {
        let listed: Vec<_> = differences.iter().filter(|found| (found.kind == Kind::Addition) == is_listed).collect();
        if !listed.is_empty() {
            text.push_str(&format!("#### {title}\n"));
            listed.iter().for_each(|difference| text.push_str(&format!("{difference}\n")));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(path: &str, text: &str) -> Document {
        Document { path: path.to_owned(), text: text.to_owned() }
    }

    fn compare(path: &str, old: &str, new: &str) -> String {
        changelog(&compare_releases(&[document(path, old)], &[document(path, new)]).expect("JSON"))
    }

    #[test]
    fn a_removed_file_is_reported() {
        let old = [document("auth/jwk-set.schema.json", "{}")];
        let found = compare_releases(&old, &[]).expect("JSON");
        assert_eq!(changelog(&found), "#### Changed\n- **breaking**: `auth/jwk-set.schema.json` was removed\n");
    }

    #[test]
    fn another_id_of_a_schema_is_reported() {
        let text = compare("auth/jwk-set.schema.json", r#"{"$id": "urn:a"}"#, r#"{"$id": "urn:b"}"#);
        assert_eq!(text, "#### Changed\n- **breaking**: `auth/jwk-set.schema.json` has `$id` \"urn:b\"\n");
    }

    #[test]
    fn a_record_to_import_is_compared_as_a_request() {
        let (path, old) = ("movies/film-record.schema.json", r#"{"type": "object", "properties": {"title": {}}}"#);
        let required = r#"{"type": "object", "properties": {"title": {}}, "required": ["title"]}"#;
        assert!(compare(path, old, required).contains("/title` is required"));
        let longer = r#"{"type": "object", "properties": {"title": {}, "year": {}}}"#;
        assert_eq!(compare(path, old, longer), format!("#### Added\n- `{path}: schema/year` is new\n"));
    }

    #[test]
    fn differences_name_their_service() {
        let document = |id: &str| format!(r#"{{"paths": {{"/a": {{"get": {{"operationId": "{id}"}}}}}}}}"#);
        let text = compare("auth/openapi.json", &document("a"), &document("b"));
        assert_eq!(text, "#### Changed\n- **breaking**: `auth: GET /a` `operationId` is \"b\"\n");
    }
}

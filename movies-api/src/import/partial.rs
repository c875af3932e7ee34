//! Partly invalid film records: the invalid part is left out, the rest is used.

use contracts::json::{self, ObjectsOnly};
use contracts::movies::import::FilmRecord;
use garde::Validate;
use serde_json::Value;

/// Identity and visibility of a film, which are never guessed: a record in which one of these is invalid is bad as a
/// whole. All other members are optional.
const NEVER_GUESSED: [&str; 5] = ["id", "title", "year", "age_rating", "tier"];
/// Maximum number of parts left out; a record with more is bad as a whole.
const MAX_LEFT_OUT: usize = 16;

/// The first fault of a record.
struct Fault {
    /// Location, such as `cast[3].name`.
    path: String,
    /// Description, with the location before it.
    reason: String,
    /// All known faults.
    whole: String,
}

/// Parses a record; returns it with the parts left out.
pub fn read_record(text: &str) -> Result<(FilmRecord, Vec<String>), String> {
    let mut fault = match json::from_slice::<FilmRecord>(text.as_bytes()) {
        Ok(record) => match record.validate() {
            Ok(()) => return Ok((record, Vec::new())),
            Err(report) => broken(&report),
        },
        Err(error) => unreadable_text(text, &error),
    };
    let mut value: Value = serde_json::from_str(text).map_err(|_| fault.whole.clone())?;
    let mut left_out = Vec::new();
    while left_out.len() < MAX_LEFT_OUT && remove(&mut value, &fault.path) {
        left_out.push(fault.reason);
        fault = match serde_path_to_error::deserialize::<_, FilmRecord>(ObjectsOnly(&value)) {
            Ok(record) => match record.validate() {
                Ok(()) => return Ok((record, left_out)),
                Err(report) => broken(&report),
            },
            Err(error) => unreadable(&error),
        };
    }
    Err(fault.whole)
}

/// Locates the fault of a text. Parsing with paths is slower, so only bad texts are parsed this way.
fn unreadable_text(text: &str, error: &serde_json::Error) -> Fault {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    match serde_path_to_error::deserialize::<_, FilmRecord>(ObjectsOnly(&mut deserializer)) {
        Err(found) => unreadable(&found),
        Ok(_) => Fault { path: String::new(), reason: without_line(error), whole: without_line(error) },
    }
}

fn unreadable(error: &serde_path_to_error::Error<serde_json::Error>) -> Fault {
    let (path, what) = (error.path().to_string(), without_line(error.inner()));
    let reason = if matches!(path.as_str(), "." | "?") { what } else { format!("{path}: {what}") };
    Fault { path, whole: reason.clone(), reason }
}

/// Drops the line within the text, which is always 1: the number of the real line precedes the reason.
fn without_line(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.split_once(" at line 1 column ") {
        Some((what, column)) => format!("{what} (column {column})"),
        None => text,
    }
}

fn broken(report: &garde::Report) -> Fault {
    let first = report.iter().next();
    let (path, reason) = first.map(|(path, error)| (path.to_string(), format!("{path}: {error}"))).unwrap_or_default();
    Fault { path, reason, whole: broken_rules(report) }
}

/// All violated rules in one line.
pub fn broken_rules(report: &garde::Report) -> String {
    let rules: Vec<String> = report.iter().map(|(path, error)| format!("{path}: {error}")).collect();
    rules.join("; ")
}

/// Removes the optional member, or the element of its list, that a path names; `false` when there is none.
fn remove(record: &mut Value, path: &str) -> bool {
    let (name, rest) = path.split_at(path.find(['.', '[']).unwrap_or(path.len()));
    let (Some(members), false) = (record.as_object_mut(), NEVER_GUESSED.contains(&name)) else { return false };
    let index = rest.strip_prefix('[').and_then(|rest| rest.split(']').next()).and_then(|index| index.parse().ok());
    match (members.get_mut(name), index) {
        (Some(Value::Array(items)), Some(index)) if index < items.len() => {
            items.remove(index);
            true
        }
        _ => members.remove(name).is_some(),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on should fail")]
mod tests {
    use super::*;

    #[test]
    fn an_invalid_optional_part_is_left_out_and_the_rest_is_used() {
        let text = r#"{"title": "A", "year": 1999, "runtime_minutes": 70000, "rating": 11, "cast": ["B", 7, " ", "C"],
            "countries": ["SU", "xx"], "synopsis": "text", "votes": "many", "title_ru": null}"#;
        let (record, left_out) = read_record(text).unwrap();
        assert_eq!((record.title.as_str(), record.runtime_minutes, record.rating), ("A", None, None));
        assert_eq!(record.cast.iter().map(|person| person.name()).collect::<Vec<_>>(), ["B", "C"]);
        assert_eq!((record.countries, record.synopsis, record.votes), (vec!["SU".to_owned()], None, None));
        for what in ["runtime_minutes: ", "rating: ", "cast[1]: ", "countries[1]: ", "synopsis: ", "votes: "] {
            assert!(left_out.iter().any(|reason| reason.starts_with(what)), "{what} in {left_out:?}");
        }
        assert_eq!(left_out.len(), 7);
    }

    #[test]
    fn an_array_in_place_of_an_object_is_invalid() {
        let text = r#"{"title": "A", "year": 1999, "cast": ["B", ["C", null, null]], "synopsis": ["en", "ru"]}"#;
        let (record, left_out) = read_record(text).unwrap();
        assert_eq!((record.cast.len(), &record.synopsis), (1, &None));
        assert!(left_out.iter().all(|reason| reason.contains("invalid type: sequence")), "{left_out:?}");
        assert!(
            read_record(r#"[null, "A", null, null, 1999, [], [], null, null, null, null, null, [], [], []]"#).is_err()
        );
    }

    #[test]
    fn identity_and_visibility_of_a_film_are_never_guessed() {
        for bad in [
            r#"{"title": 7, "year": 1999}"#,
            r#"{"title": "A", "year": 70000}"#,
            r#"{"title": "A", "year": 1999, "age_rating": "18+"}"#,
            r#"{"title": "A", "year": 1999, "age_rating": 17}"#,
            r#"{"title": "A", "year": 1999, "tier": "paid"}"#,
            r#"{"title": "A", "year": 1999, "id": 7}"#,
            r#"{"title": "A", "year": 1999, "rating": 11, "age_rating": 17}"#,
            r#"["A", 1999]"#,
            r#"{"title": "A", "year": 1999"#,
        ] {
            assert!(read_record(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_record_with_too_many_invalid_parts_is_bad_as_a_whole() {
        let cast = vec!["7"; MAX_LEFT_OUT + 1].join(",");
        assert!(read_record(&format!(r#"{{"title": "A", "year": 1999, "cast": [{cast}]}}"#)).is_err());
        let cast = vec!["7"; MAX_LEFT_OUT].join(",");
        assert_eq!(
            read_record(&format!(r#"{{"title": "A", "year": 1999, "cast": [{cast}]}}"#)).unwrap().1.len(),
            MAX_LEFT_OUT
        );
    }
}

//! Credits of a film, and names of people.

use contracts::movies::import::{MAX_CREW, MAX_NAME};

use super::table::Table;
use crate::storage::{Part, StagedRow};

/// Highest position in a list.
const LAST: i32 = 9_999;

/// title.crew
pub struct Crew;

impl Table<3> for Crew {
    const COLUMNS: [&'static str; 3] = ["tconst", "directors", "writers"];

    fn rows([key, directors, writers]: [Option<&str>; 3], _: &mut Vec<String>) -> Result<Vec<StagedRow>, String> {
        let key = key.ok_or("tconst: is missing")?;
        let rows_of = |part: Part, list: Option<&str>| -> Vec<StagedRow> {
            let people = list.unwrap_or_default().split(',').filter(|person| !person.is_empty());
            let row = |(position, person): (i32, &str)| StagedRow {
                key: key.to_owned(),
                part,
                position,
                person: Some(person.to_owned()),
                content: None,
            };
            (1..).zip(people.take(MAX_CREW)).map(row).collect()
        };
        let mut rows = rows_of(Part::Director, directors);
        rows.extend(rows_of(Part::Writer, writers));
        Ok(rows)
    }
}

/// title.principals; the cast only, because the crew has a file of its own.
pub struct Principals;

impl Table<5> for Principals {
    const COLUMNS: [&'static str; 5] = ["tconst", "ordering", "nconst", "category", "characters"];

    fn rows(cells: [Option<&str>; 5], left_out: &mut Vec<String>) -> Result<Vec<StagedRow>, String> {
        let [key, ordering, person, category, characters] = cells;
        if !matches!(category, Some("actor" | "actress" | "self")) {
            return Ok(Vec::new());
        }
        Ok(vec![StagedRow {
            key: key.ok_or("tconst: is missing")?.to_owned(),
            part: Part::Actor,
            position: position(ordering, left_out),
            person: Some(person.ok_or("nconst: is missing")?.to_owned()),
            content: characters.map(character),
        }])
    }
}

/// Position in a list; the last one when the text is invalid.
pub fn position(ordering: Option<&str>, left_out: &mut Vec<String>) -> i32 {
    let value = ordering.and_then(|text| text.parse().ok()).filter(|value| (0..=LAST).contains(value));
    value.unwrap_or_else(|| {
        left_out.push("ordering: is no place in a list".to_owned());
        LAST
    })
}

/// `["Rick","Narrator"]` becomes `Rick, Narrator`.
fn character(list: &str) -> String {
    let names = serde_json::from_str::<Vec<String>>(list).map_or_else(|_| list.to_owned(), |names| names.join(", "));
    shortened(&names)
}

/// Truncates to the limit of film records, so that an editor can save the imported film.
fn shortened(name: &str) -> String {
    name.chars().take(MAX_NAME).collect()
}

/// name.basics
pub struct Names;

impl Table<2> for Names {
    const COLUMNS: [&'static str; 2] = ["nconst", "primaryName"];

    fn rows([key, name]: [Option<&str>; 2], left_out: &mut Vec<String>) -> Result<Vec<StagedRow>, String> {
        let (Some(key), Some(name)) = (key, name) else {
            return if left_out.is_empty() { Ok(Vec::new()) } else { Err("says nothing without it".to_owned()) };
        };
        let content = Some(shortened(name));
        Ok(vec![StagedRow { key: key.to_owned(), part: Part::Name, position: 0, person: None, content }])
    }
}

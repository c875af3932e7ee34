//! Who made a film, who plays in it, and their names.

use contracts::movies::import::{MAX_CREW, MAX_NAME};

use super::table::Table;
use crate::storage::{Part, StagedRow};

/// The last place in a list.
const LAST: i32 = 9_999;

/// title.crew
pub struct Crew;

impl Table<3> for Crew {
    const COLUMNS: [&'static str; 3] = ["tconst", "directors", "writers"];

    fn pieces([key, directors, writers]: [Option<&str>; 3], _: &mut Vec<String>) -> Result<Vec<StagedRow>, String> {
        let key = key.ok_or("tconst: is missing")?;
        let pieces_of = |part: Part, list: Option<&str>| -> Vec<StagedRow> {
            let people = list.unwrap_or_default().split(',').filter(|person| !person.is_empty());
            let piece = |(position, person): (i32, &str)| StagedRow {
                key: key.to_owned(),
                part,
                position,
                person: Some(person.to_owned()),
                content: None,
            };
            (1..).zip(people.take(MAX_CREW)).map(piece).collect()
        };
        let mut pieces = pieces_of(Part::Director, directors);
        pieces.extend(pieces_of(Part::Writer, writers));
        Ok(pieces)
    }
}

/// title.principals; only who is seen, because the crew has a file of its own.
pub struct Principals;

impl Table<5> for Principals {
    const COLUMNS: [&'static str; 5] = ["tconst", "ordering", "nconst", "category", "characters"];

    fn pieces(cells: [Option<&str>; 5], left_out: &mut Vec<String>) -> Result<Vec<StagedRow>, String> {
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

/// The place in a list; the last one when it cannot be read.
pub fn position(ordering: Option<&str>, left_out: &mut Vec<String>) -> i32 {
    let place = ordering.and_then(|text| text.parse().ok()).filter(|place| (0..=LAST).contains(place));
    place.unwrap_or_else(|| {
        left_out.push("ordering: is no place in a list".to_owned());
        LAST
    })
}

/// `["Rick","Narrator"]` becomes `Rick, Narrator`.
fn character(list: &str) -> String {
    let names = serde_json::from_str::<Vec<String>>(list).map_or_else(|_| list.to_owned(), |names| names.join(", "));
    shortened(&names)
}

/// No longer than film records may have it, so that an editor can save what was imported.
fn shortened(name: &str) -> String {
    name.chars().take(MAX_NAME).collect()
}

/// name.basics
pub struct Names;

impl Table<2> for Names {
    const COLUMNS: [&'static str; 2] = ["nconst", "primaryName"];

    fn pieces([key, name]: [Option<&str>; 2], left_out: &mut Vec<String>) -> Result<Vec<StagedRow>, String> {
        let (Some(key), Some(name)) = (key, name) else {
            return if left_out.is_empty() { Ok(Vec::new()) } else { Err("says nothing without it".to_owned()) };
        };
        let content = Some(shortened(name));
        Ok(vec![StagedRow { key: key.to_owned(), part: Part::Name, position: 0, person: None, content }])
    }
}

//! NDJSON: one [`FilmRecord`](contracts::movies::import::FilmRecord) on each line. Blank lines are ignored.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use aws_lc_rs::digest::{SHA256, digest};

use super::format::element;
use super::line_importer::{LineImporter, LineResult};
use super::lines::hex;
use super::partial::read_record;
use crate::storage::{
    BatchOutcome, CatalogueImport, FilmFacts, Position, PreparedRecord, StorageError, clean, film_key,
};

/// Part of every hash. Raise it when records gain meaning: all films are compared again then.
const HASH_VERSION: u8 = 1;

/// Parses film records and assigns their keys.
#[derive(Default)]
pub struct FilmRecords {
    hasher: RandomState,
    /// Occurrences of each key. Hashes suffice: in a file of ten million films two keys collide with a probability of 3
    /// in a million, and then a film without a key of its own becomes the second of its title.
    occurrences: HashMap<u64, u32>,
    layout: Layout,
}

/// Layout of records in a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Layout {
    /// One per line.
    #[default]
    Lines,
    /// One per line, as elements of a JSON array.
    Array,
}

impl LineImporter for FilmRecords {
    type Item = PreparedRecord;
    const ITEMS: usize = 1_000;
    const COUNTS: bool = true;

    fn parse(&mut self, _number: u64, line: &[u8], items: &mut Vec<PreparedRecord>) -> LineResult {
        let line = match self.layout {
            Layout::Lines => line.trim_ascii(),
            Layout::Array => element(line),
        };
        if line.is_empty() {
            return LineResult::Blank;
        }
        match self.record(line) {
            Ok((record, left_out)) => {
                items.push(record);
                if left_out.is_empty() { LineResult::Used } else { LineResult::UsedPartly(left_out.join("; ")) }
            }
            Err(reason) => LineResult::Bad(reason),
        }
    }

    async fn write(
        import: &mut CatalogueImport,
        items: Vec<PreparedRecord>,
        to: Position,
    ) -> Result<BatchOutcome, StorageError> {
        import.upsert_batch(items, to).await
    }
}

impl FilmRecords {
    /// A parser of records in this layout.
    pub fn in_layout(layout: Layout) -> Self {
        Self { layout, ..Self::default() }
    }

    /// Parses one record and returns the parts left out; the error describes the fault in one line.
    pub fn record(&mut self, line: &[u8]) -> Result<(PreparedRecord, Vec<String>), String> {
        let text =
            std::str::from_utf8(line).map_err(|error| format!("is not UTF-8 from byte {}", error.valid_up_to()))?;
        let (record, left_out) = read_record(text)?;
        let id = record.id.as_deref().and_then(clean);
        let facts = FilmFacts::from_record(record);
        if facts.title().is_empty() {
            return Err("title: is blank".to_owned());
        }
        let source_key = match id {
            Some(id) => {
                let key = format!("id:{id}");
                if self.occurrence(&key) > 1 {
                    return Err(format!("id: `{id}` stands on an earlier line too"));
                }
                key
            }
            None => {
                let occurrence = self.occurrence(&film_key(facts.title(), facts.year(), 0));
                film_key(facts.title(), facts.year(), occurrence)
            }
        };
        Ok((PreparedRecord { source_key, source_hash: source_hash(line), facts }, left_out))
    }

    /// Counts an occurrence of this key, from 1.
    fn occurrence(&mut self, key: &str) -> u32 {
        let occurrences = self.occurrences.entry(self.hasher.hash_one(key)).or_default();
        *occurrences += 1;
        *occurrences
    }
}

/// Digest of the complete content of a record.
pub fn source_hash(content: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(content.len() + 1);
    bytes.push(HASH_VERSION);
    bytes.extend_from_slice(content);
    hex(&digest(&SHA256, &bytes).as_ref()[..16])
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on should fail")]
mod tests {
    use super::FilmRecords;

    fn reason(line: &str) -> String {
        FilmRecords::default().record(line.as_bytes()).unwrap_err()
    }

    #[test]
    fn the_error_of_a_bad_line_names_the_fault_and_its_field_or_column() {
        assert_eq!(reason(r#"{"year": 1999}"#), "missing field `title` (column 14)");
        assert!(reason(r#"{"title": "A", "year": "1999"}"#).starts_with("year: invalid type: string"));
        assert!(reason(r#"{"title": "A", "year": 1999, "id": ["B", 7]}"#).starts_with("id: "));
        assert!(reason(r#"{"title": "A", "#).starts_with("EOF while parsing"));
        assert!(reason(r#"[null, "A", null, null, 1999]"#).starts_with("invalid type: sequence"));
        assert!(
            reason(r#"{"title": "A", "year": 1, "age_rating": 5}"#).contains("age_rating: must be 0, 6, 12, 16 or 18")
        );
        assert_eq!(reason(r#"{"title": " ", "year": 1999}"#), "title: is blank");
    }

    #[test]
    fn films_of_one_title_and_year_are_counted() {
        let mut records = FilmRecords::default();
        let mut key = |line: &str| records.record(line.as_bytes()).unwrap().0.source_key;
        assert_eq!(key(r#"{"title": "The  Kid", "year": 1921}"#), "film:the kid|1921|1");
        assert_eq!(key(r#"{"title": "the kid", "year": 1921}"#), "film:the kid|1921|2");
        assert_eq!(key(r#"{"title": "the kid", "year": 1922}"#), "film:the kid|1922|1");
        assert_eq!(key(r#"{"id": "k", "title": "the kid", "year": 1921}"#), "id:k");
        let again = records.record(br#"{"id": "k", "title": "b", "year": 1921}"#).unwrap_err();
        assert_eq!(again, "id: `k` stands on an earlier line too");
    }
}

//! NDJSON: one [`FilmRecord`] on each line. Blank lines are no lines.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use aws_lc_rs::digest::{SHA256, digest};
use contracts::movies::import::FilmRecord;
use garde::Validate;

use super::lines::hex;
use super::pass::{Pass, Verdict};
use crate::storage::{
    BatchOutcome, CatalogueImport, FilmFacts, Position, PreparedRecord, StorageError, clean, film_key,
};

/// Raise it when a record comes to mean more than before: all films are compared again then.
const MEANING: u8 = 1;

/// Reads film records and gives them their keys.
#[derive(Default)]
pub struct FilmRecords {
    hasher: RandomState,
    /// How often each key was met. Hashes are enough: in a file of ten million films two keys fall together with a
    /// probability of 3 in a million, and then a film without a key of its own becomes "the second" of its title.
    turns: HashMap<u64, u32>,
}

impl Pass for FilmRecords {
    type Item = PreparedRecord;
    const ITEMS: usize = 1_000;
    const COUNTS: bool = true;

    fn parse(&mut self, _number: u64, line: &[u8], items: &mut Vec<PreparedRecord>) -> Verdict {
        let line = line.trim_ascii();
        if line.is_empty() {
            return Verdict::Blank;
        }
        match self.record(line) {
            Ok(record) => {
                items.push(record);
                Verdict::Used
            }
            Err(reason) => Verdict::Bad(reason),
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
    /// Reads one record; the error says what is wrong in one line.
    pub fn record(&mut self, line: &[u8]) -> Result<PreparedRecord, String> {
        let text =
            std::str::from_utf8(line).map_err(|error| format!("is not UTF-8 from byte {}", error.valid_up_to()))?;
        let record: FilmRecord = serde_json::from_str(text).map_err(|error| json_reason(text, error))?;
        record.validate().map_err(|report| broken_rules(&report))?;
        let facts = FilmFacts::from_record(&record);
        if facts.title.is_empty() {
            return Err("title: is blank".to_owned());
        }
        let source_key = match record.id.as_deref().and_then(clean) {
            Some(id) => {
                let key = format!("id:{id}");
                if self.turn(&key) > 1 {
                    return Err(format!("id: `{id}` stands on an earlier line too"));
                }
                key
            }
            None => {
                let turn = self.turn(&film_key(&facts.title, facts.year, 0));
                film_key(&facts.title, facts.year, turn)
            }
        };
        Ok(PreparedRecord { source_key, source_hash: source_hash(line), facts })
    }

    /// Which time it is that this key is met, from 1.
    fn turn(&mut self, key: &str) -> u32 {
        let turns = self.turns.entry(self.hasher.hash_one(key)).or_default();
        *turns += 1;
        *turns
    }
}

/// Digest of all that a source says about a film.
pub fn source_hash(said: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(said.len() + 1);
    bytes.push(MEANING);
    bytes.extend_from_slice(said);
    hex(&digest(&SHA256, &bytes).as_ref()[..16])
}

/// Says where the record is wrong. Parsing with paths is slower, so only bad lines are parsed so.
fn json_reason(text: &str, error: serde_json::Error) -> String {
    let with_path = serde_path_to_error::deserialize::<_, FilmRecord>(&mut serde_json::Deserializer::from_str(text));
    let Err(found) = with_path else { return without_place(&error) };
    match found.path().to_string().as_str() {
        "." | "?" => without_place(found.inner()),
        path => format!("{path}: {}", without_place(found.inner())),
    }
}

/// The line within the text is always 1, and the number of the real line stands before the reason.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.split_once(" at line 1 column ") {
        Some((what, column)) => format!("{what} (column {column})"),
        None => text,
    }
}

/// All broken rules in one line.
pub fn broken_rules(report: &garde::Report) -> String {
    let rules: Vec<String> = report.iter().map(|(path, error)| format!("{path}: {error}")).collect();
    rules.join("; ")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on should fail")]
mod tests {
    use super::FilmRecords;

    fn reason(line: &str) -> String {
        FilmRecords::default().record(line.as_bytes()).unwrap_err()
    }

    #[test]
    fn a_bad_line_says_what_is_wrong_and_where() {
        assert_eq!(reason(r#"{"year": 1999}"#), "missing field `title` (column 14)");
        assert!(reason(r#"{"title": "A", "year": "1999"}"#).starts_with("year: invalid type: string"));
        assert!(reason(r#"{"title": "A", "year": 1999, "cast": ["B", 7]}"#).starts_with("cast[1]: "));
        assert!(reason(r#"{"title": "A", "#).starts_with("EOF while parsing"));
        assert!(
            reason(r#"{"title": "A", "year": 1, "age_rating": 5}"#).contains("age_rating: must be 0, 6, 12, 16 or 18")
        );
        assert_eq!(reason(r#"{"title": " ", "year": 1999}"#), "title: is blank");
    }

    #[test]
    fn films_of_one_title_and_year_are_counted() {
        let mut records = FilmRecords::default();
        let mut key = |line: &str| records.record(line.as_bytes()).unwrap().source_key;
        assert_eq!(key(r#"{"title": "The  Kid", "year": 1921}"#), "film:the kid|1921|1");
        assert_eq!(key(r#"{"title": "the kid", "year": 1921}"#), "film:the kid|1921|2");
        assert_eq!(key(r#"{"title": "the kid", "year": 1922}"#), "film:the kid|1922|1");
        assert_eq!(key(r#"{"id": "k", "title": "the kid", "year": 1921}"#), "id:k");
        let again = records.record(br#"{"id": "k", "title": "b", "year": 1921}"#).unwrap_err();
        assert_eq!(again, "id: `k` stands on an earlier line too");
    }
}

//! Matches of a typed word: the words of the index that equal it, start with it, or differ by a typo.
//!
//! The words are looked up first and searched for afterwards. That costs one automaton per word instead of one per word
//! and field, and ends at once for a variant of the text without matches.

use tantivy::query::{
    BooleanQuery, BoostQuery, ConstScoreQuery, DisjunctionMaxQuery, FuzzyTermQuery, Query, TermQuery,
};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{Searcher, Term};

/// Maximum number of fuzzy matches of one typed word, per field.
const MAX_FUZZY: usize = 64;
/// Minimum length of a prefix.
const MIN_PREFIX: usize = 2;

/// One searchable field.
#[derive(Debug, Clone, Copy)]
pub(super) struct SearchField {
    pub(super) field: Field,
    /// Boost of a match.
    pub(super) boost: f32,
    /// `true` when prefixes and typos match; numbers match exactly or not at all.
    pub(super) fuzzy: bool,
}

/// Matching of a typed word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MatchMode {
    /// Exactly; the last word may be a prefix.
    Plain,
    /// With typos as well.
    Fuzzy,
}

/// A query for everything that matches `word`; `None` when the index has no match.
pub(super) fn term_query(
    searcher: &Searcher,
    fields: &[SearchField],
    word: &str,
    is_prefix: bool,
    mode: MatchMode,
) -> tantivy::Result<Option<Box<dyn Query>>> {
    let mut queries: Vec<Box<dyn Query>> = Vec::new();
    let typos = if mode == MatchMode::Fuzzy { max_typos(word) } else { 0 };
    let is_prefix = is_prefix && word.chars().count() >= MIN_PREFIX;
    for field in fields {
        let term = Term::from_field_text(field.field, word);
        if searcher.doc_freq(&term)? > 0 {
            let exact = TermQuery::new(term.clone(), IndexRecordOption::WithFreqs);
            queries.push(Box::new(BoostQuery::new(Box::new(exact), field.boost)));
        }
        if field.fuzzy && is_prefix && has_prefix(searcher, field.field, word)? {
            let prefix = FuzzyTermQuery::new_prefix(term, 0, true);
            queries.push(Box::new(ConstScoreQuery::new(Box::new(prefix), 1.5 * field.boost)));
        }
    }
    let fuzzy_fields: Vec<SearchField> = fields.iter().copied().filter(|field| field.fuzzy && typos > 0).collect();
    if let Some(first) = fuzzy_fields.first() {
        let term = Term::from_field_text(first.field, word);
        // The nearest words only: two typos are tried only where one has no match, and cost many times as much.
        for (distance, worth) in (1..=typos).zip([1.0, 0.6]) {
            let matches = fuzzy_matches(searcher, &fuzzy_fields, &FuzzyTermQuery::new(term.clone(), distance, true))?;
            let found: Vec<_> = matches.iter().filter_map(|(field, words)| any_of(*field, words, worth)).collect();
            if !found.is_empty() {
                queries.extend(found);
                break;
            }
        }
        if is_prefix {
            let prefix = FuzzyTermQuery::new_prefix(term, 1, true);
            for (field, matches) in fuzzy_matches(searcher, &fuzzy_fields, &prefix)? {
                queries.extend(any_of(field, &matches, 0.5));
            }
        }
    }
    Ok((!queries.is_empty()).then(|| Box::new(DisjunctionMaxQuery::new(queries)) as Box<dyn Query>))
}

/// Allowed typos: none in numbers and very short words, which are too close to each other.
fn max_typos(word: &str) -> u8 {
    if word.chars().all(|c| c.is_ascii_digit()) {
        return 0;
    }
    match word.chars().count() {
        0..=2 => 0,
        3..=7 => 1,
        _ => 2,
    }
}

fn has_prefix(searcher: &Searcher, field: Field, word: &str) -> tantivy::Result<bool> {
    for segment in searcher.segment_readers() {
        let index = segment.inverted_index(field)?;
        let mut after = index.terms().range().ge(word).into_stream()?;
        if after.advance() && after.key().starts_with(word.as_bytes()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The words that `automaton` accepts, by field.
fn fuzzy_matches(
    searcher: &Searcher,
    fields: &[SearchField],
    automaton: &FuzzyTermQuery,
) -> tantivy::Result<Vec<(SearchField, Vec<String>)>> {
    let automaton = automaton.automaton()?;
    let mut found = Vec::new();
    for field in fields {
        let mut words: Vec<String> = Vec::new();
        for segment in searcher.segment_readers() {
            let index = segment.inverted_index(field.field)?;
            let mut stream = index.terms().search(&automaton).into_stream()?;
            while words.len() < MAX_FUZZY && stream.advance() {
                words.extend(std::str::from_utf8(stream.key()).ok().map(str::to_owned));
            }
        }
        found.push((*field, words));
    }
    Ok(found)
}

/// One score, regardless of the number of words that match. (tantivy's own query for a set of terms first builds a
/// dictionary of them, which costs more than the search.)
fn any_of(field: SearchField, words: &[String], worth: f32) -> Option<Box<dyn Query>> {
    let term = |word: &String| -> Box<dyn Query> {
        Box::new(TermQuery::new(Term::from_field_text(field.field, word), IndexRecordOption::Basic))
    };
    let terms: Vec<_> = words.iter().map(term).collect();
    let union = (!terms.is_empty()).then(|| BooleanQuery::union(terms))?;
    Some(Box::new(ConstScoreQuery::new(Box::new(union), worth * field.boost)))
}

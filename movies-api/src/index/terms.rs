//! What a typed word may stand for: the words of the index that it is, begins, or nearly is.
//!
//! The words are looked up first and searched for afterwards. That costs one automaton per word instead of one per word
//! and field, and ends at once where a reading of the text means nothing.

use tantivy::query::{
    BooleanQuery, BoostQuery, ConstScoreQuery, DisjunctionMaxQuery, FuzzyTermQuery, Query, TermQuery,
};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{Searcher, Term};

/// Words of the index that one typed word may stand for by slips.
const MAX_NEAR: usize = 64;
/// Letters from which on a word counts as the beginning of another.
const LEAST_BEGINNING: usize = 2;

/// One searchable field.
#[derive(Debug, Clone, Copy)]
pub(super) struct SearchField {
    pub(super) field: Field,
    /// What a match in it is worth.
    pub(super) boost: f32,
    /// Whether beginnings and slips count in it; numbers are right or wrong.
    pub(super) forgiving: bool,
}

/// How far a typed word is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MatchMode {
    /// As it is; the last one may be unfinished.
    Plain,
    /// With slips as well.
    Slips,
}

/// A query for everything that `word` may stand for; `None` when the index knows nothing like it.
pub(super) fn term_query(
    searcher: &Searcher,
    parts: &[SearchField],
    word: &str,
    unfinished: bool,
    reach: MatchMode,
) -> tantivy::Result<Option<Box<dyn Query>>> {
    let mut ways: Vec<Box<dyn Query>> = Vec::new();
    let slips = if reach == MatchMode::Slips { slips_forgiven(word) } else { 0 };
    let unfinished = unfinished && word.chars().count() >= LEAST_BEGINNING;
    for part in parts {
        let term = Term::from_field_text(part.field, word);
        if searcher.doc_freq(&term)? > 0 {
            let exact = TermQuery::new(term.clone(), IndexRecordOption::WithFreqs);
            ways.push(Box::new(BoostQuery::new(Box::new(exact), part.boost)));
        }
        if part.forgiving && unfinished && is_beginning(searcher, part.field, word)? {
            let begins = FuzzyTermQuery::new_prefix(term, 0, true);
            ways.push(Box::new(ConstScoreQuery::new(Box::new(begins), 1.5 * part.boost)));
        }
    }
    let fields: Vec<SearchField> = parts.iter().copied().filter(|part| part.forgiving && slips > 0).collect();
    if let Some(first) = fields.first() {
        let term = Term::from_field_text(first.field, word);
        // The nearest words only: two slips are looked for where one leads nowhere, and cost many times as much.
        for (distance, worth) in (1..=slips).zip([1.0, 0.6]) {
            let near = near(searcher, &fields, &FuzzyTermQuery::new(term.clone(), distance, true))?;
            let found: Vec<_> = near.iter().filter_map(|(part, words)| any_of(*part, words, worth)).collect();
            if !found.is_empty() {
                ways.extend(found);
                break;
            }
        }
        if unfinished {
            let beginning = FuzzyTermQuery::new_prefix(term, 1, true);
            for (part, near) in near(searcher, &fields, &beginning)? {
                ways.extend(any_of(part, &near, 0.5));
            }
        }
    }
    Ok((!ways.is_empty()).then(|| Box::new(DisjunctionMaxQuery::new(ways)) as Box<dyn Query>))
}

/// Slips that are forgiven in a word: very short words are too close to each other, and so are numbers.
fn slips_forgiven(word: &str) -> u8 {
    if word.chars().all(|c| c.is_ascii_digit()) {
        return 0;
    }
    match word.chars().count() {
        0..=2 => 0,
        3..=7 => 1,
        _ => 2,
    }
}

fn is_beginning(searcher: &Searcher, field: Field, word: &str) -> tantivy::Result<bool> {
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
fn near(
    searcher: &Searcher,
    parts: &[SearchField],
    automaton: &FuzzyTermQuery,
) -> tantivy::Result<Vec<(SearchField, Vec<String>)>> {
    let automaton = automaton.automaton()?;
    let mut found = Vec::new();
    for part in parts {
        let mut words: Vec<String> = Vec::new();
        for segment in searcher.segment_readers() {
            let index = segment.inverted_index(part.field)?;
            let mut stream = index.terms().search(&automaton).into_stream()?;
            while words.len() < MAX_NEAR && stream.advance() {
                words.extend(std::str::from_utf8(stream.key()).ok().map(str::to_owned));
            }
        }
        found.push((*part, words));
    }
    Ok(found)
}

/// One score, whichever and however many of the words match. (tantivy's own query for a set of terms builds a
/// dictionary of them first, which costs more than the search.)
fn any_of(part: SearchField, words: &[String], worth: f32) -> Option<Box<dyn Query>> {
    let term = |word: &String| -> Box<dyn Query> {
        Box::new(TermQuery::new(Term::from_field_text(part.field, word), IndexRecordOption::Basic))
    };
    let terms: Vec<_> = words.iter().map(term).collect();
    let union = (!terms.is_empty()).then(|| BooleanQuery::union(terms))?;
    Some(Box::new(ConstScoreQuery::new(Box::new(union), worth * part.boost)))
}

//! Full-text search over tantivy.
//!
//! Up to three passes. The first matches every word exactly, the last word also as a prefix; the second allows one or
//! two typos per word and runs only when the first has neither filled the page nor found a title that was typed in
//! full, so that noise never ranks above a real match; the third matches some of the words and runs only when nothing
//! was found. All of them also read the text as typed on the other keyboard layout. Tantivy finds and scores; the final
//! rank adds the typed share of the title and the popularity.

use std::collections::HashSet;
use std::sync::Arc;

use contracts::ids::PersonId;
use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, DisjunctionMaxQuery, Query};
use tantivy::{DocId, Score, Searcher, SegmentReader};

use super::entries::Slot;
use super::terms::{MatchMode, SearchField, term_query};
use super::text::{is_article, other_layout, words};

/// Errors of a search.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The result is no longer wanted.
    #[error("the search was cut off")]
    CutOff,
    /// A bug: the index is broken.
    #[error("the index cannot be searched")]
    Index(#[from] tantivy::TantivyError),
}

/// `true` while the result of a search is wanted; checked before each expensive step.
type IsWanted<'a> = &'a dyn Fn() -> bool;

/// Maximum number of words of a query; the rest is ignored.
const MAX_WORDS: usize = 12;
/// Name of the fast field with the slot of a document.
pub(super) const SLOT: &str = "slot";

/// Ranking factors of a document besides its words.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Weight {
    /// Fewest words of one of its titles or names; 0 when it was deleted.
    pub(super) words: u8,
    /// At least 1.
    pub(super) popularity: f32,
}

/// One tantivy index at one moment.
#[derive(Clone)]
pub(super) struct Index {
    pub(super) searcher: Searcher,
    pub(super) fields: Arc<[SearchField]>,
    pub(super) weights: Arc<Vec<Weight>>,
}

/// The indexes of a snapshot.
#[derive(Clone)]
pub(super) struct Searchers {
    pub(super) films: Index,
    pub(super) persons: Index,
    pub(super) person_slots: Arc<Vec<PersonId>>,
    /// Lowest rating of a person's films, by slot.
    pub(super) person_ages: Arc<Vec<u8>>,
}

impl Index {
    /// The best `wanted` matches; `in_full` is `true` for a slot with a title or name that equals the typed words.
    pub(super) fn find(
        &self,
        text: &str,
        wanted: usize,
        is_wanted: IsWanted<'_>,
        is_visible: impl Fn(Slot) -> bool + Clone + Send + Sync + 'static,
        in_full: impl Fn(Slot, &[String]) -> bool,
    ) -> Result<Vec<Slot>, SearchError> {
        let typed = variants(text);
        if typed.is_empty() {
            return Ok(Vec::new());
        }
        let pass = |pass| self.pass(&typed, pass, wanted, is_wanted, is_visible.clone());
        let mut found = pass(SearchPass::Plain)?;
        // A query that is a whole title does not mean another title of nearly the same spelling.
        let exact = found.iter().take(3).any(|slot| typed.iter().any(|words| in_full(*slot, title_form(words))));
        if found.len() < wanted && !exact {
            let known: HashSet<Slot> = found.iter().copied().collect();
            found.extend(pass(SearchPass::Fuzzy)?.into_iter().filter(|slot| !known.contains(slot)));
        }
        if found.is_empty() {
            found = pass(SearchPass::SomeWords)?;
        }
        found.truncate(wanted);
        Ok(found)
    }

    fn pass(
        &self,
        variants: &[Vec<String>],
        pass: SearchPass,
        wanted: usize,
        is_wanted: IsWanted<'_>,
        is_visible: impl Fn(Slot) -> bool + Clone + Send + Sync + 'static,
    ) -> Result<Vec<Slot>, SearchError> {
        let mut queries = Vec::new();
        for words in variants {
            queries.extend(self.variant_query(words, pass, is_wanted)?);
            if pass != SearchPass::Plain && !queries.is_empty() {
                break; // typos on the other layout are looked for only where this one has no match
            }
        }
        if queries.is_empty() {
            return Ok(Vec::new());
        }
        if !is_wanted() {
            return Err(SearchError::CutOff);
        }
        let query = DisjunctionMaxQuery::new(queries);
        let weights = Arc::clone(&self.weights);
        let typed = variants.iter().map(Vec::len).max().unwrap_or(1) as f32;
        let ranking = TopDocs::with_limit(wanted).tweak_score(move |segment: &SegmentReader| {
            let slots = segment.fast_fields().u64(SLOT).map(|column| column.first_or_default_col(0)).ok();
            let (weights, is_visible) = (Arc::clone(&weights), is_visible.clone());
            move |doc: DocId, score: Score| {
                let slot = slots.as_ref().map_or(0, |slots| slots.get_val(doc)) as Slot;
                let weight = weights.get(slot as usize).copied().unwrap_or_default();
                if weight.words == 0 || !is_visible(slot) {
                    return (f32::MIN, -i64::from(slot));
                }
                let coverage = (typed / f32::from(weight.words)).min(1.0);
                (score * (0.3 + coverage) * weight.popularity, -i64::from(slot))
            }
        });
        let ranked = self.searcher.search(&query, &ranking)?;
        Ok(ranked
            .into_iter()
            .filter(|((score, _), _)| *score > f32::MIN)
            .map(|((_, slot), _)| (-slot) as Slot)
            .collect())
    }

    /// Query of one variant, or `None` when nothing can match.
    fn variant_query(
        &self,
        words: &[String],
        pass: SearchPass,
        is_wanted: IsWanted<'_>,
    ) -> Result<Option<Box<dyn Query>>, SearchError> {
        let mode = if pass == SearchPass::Plain { MatchMode::Plain } else { MatchMode::Fuzzy };
        let mut each = Vec::with_capacity(words.len());
        for (index, word) in words.iter().enumerate() {
            if !is_wanted() {
                return Err(SearchError::CutOff);
            }
            let last = index + 1 == words.len();
            match term_query(&self.searcher, &self.fields, word, last, mode)? {
                Some(query) => each.push(query),
                None if pass == SearchPass::SomeWords => {}
                None => return Ok(None),
            }
        }
        Ok((!each.is_empty()).then(|| -> Box<dyn Query> {
            Box::new(match pass {
                SearchPass::Plain | SearchPass::Fuzzy => BooleanQuery::intersection(each),
                SearchPass::SomeWords => BooleanQuery::union(each),
            })
        }))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SearchPass {
    /// Every word exactly.
    Plain,
    /// Every word, with typos.
    Fuzzy,
    /// Some of the words, with typos.
    SomeWords,
}

/// The words without a leading article, as titles are compared.
fn title_form(words: &[String]) -> &[String] {
    match words {
        [article, rest @ ..] if !rest.is_empty() && is_article(article) => rest,
        words => words,
    }
}

/// Variants of the typed text: as it is, and on the other keyboard layout.
fn variants(text: &str) -> Vec<Vec<String>> {
    let mut variants = vec![words(text)];
    variants.extend(other_layout(text).map(|text| words(&text)));
    variants.iter_mut().for_each(|words| words.truncate(MAX_WORDS));
    variants.retain(|words| !words.is_empty());
    variants
}

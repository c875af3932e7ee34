//! Search by what somebody typed, over tantivy.
//!
//! Up to three passes. The first takes words as they are and, for the last one, as the beginning of a word; the second
//! forgives one or two slips per word and runs only when the first has neither filled the page nor met a title that was
//! typed in full, so that noise never stands above a real match; the third is content with some of the words and runs only when nothing was found. All of them also
//! read the text as if typed on the other keyboard layout. Tantivy finds and scores; the final
//! rank adds how much of the title was typed and how many people have rated the film.

use std::collections::HashSet;
use std::sync::Arc;

use contracts::ids::PersonId;
use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, DisjunctionMaxQuery, Query};
use tantivy::{DocId, Score, Searcher, SegmentReader};

use super::snapshot::{SeenPerson, Slot, Snapshot};
use super::terms::{MatchMode, SearchField, term_query};
use super::text::{is_article, other_layout, title_words, words};
use crate::domain::film::Film;
use crate::domain::viewer::Rights;

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The result was not wanted any more.
    #[error("the search was cut off")]
    CutOff,
    /// A bug: the index is broken.
    #[error("the index cannot be searched")]
    Index(#[from] tantivy::TantivyError),
}

/// Says whether the result of a search is still wanted; asked before each expensive step.
type IsWanted<'a> = &'a dyn Fn() -> bool;

/// Words of a query that count; the rest is ignored.
const MAX_WORDS: usize = 12;
/// Name of the fast field that leads from a document to its slot.
pub(super) const SLOT: &str = "slot";

/// What ranks a document beside its words.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Weight {
    /// Fewest words of one of its titles or names; 0 when it is gone.
    pub(super) words: u8,
    /// 1 and more.
    pub(super) popularity: f32,
}

/// One tantivy index at one moment.
#[derive(Clone)]
pub(super) struct Index {
    pub(super) searcher: Searcher,
    pub(super) parts: Arc<[SearchField]>,
    pub(super) weights: Arc<Vec<Weight>>,
}

/// The indexes of a snapshot.
#[derive(Clone)]
pub(super) struct Searchers {
    pub(super) films: Index,
    pub(super) persons: Index,
    pub(super) person_slots: Arc<Vec<PersonId>>,
    /// By slot: the lowest rating of a film of theirs.
    pub(super) person_ages: Arc<Vec<u8>>,
}

impl Snapshot {
    /// Films that match `text` and exist for a viewer with these rights, best first: `size` of them after `offset`.
    ///
    /// # Errors
    /// [`SearchError`].
    pub fn search_films(
        &self,
        text: &str,
        rights: Rights,
        offset: usize,
        size: usize,
        is_wanted: &dyn Fn() -> bool,
    ) -> Result<Vec<Arc<Film>>, SearchError> {
        let facts = Arc::clone(&self.facts);
        let seen = move |slot: Slot| facts.get(slot as usize).is_some_and(|facts| rights.sees(facts.rating_age));
        let in_full = |slot: Slot, typed: &[String]| {
            self.at(slot).is_some_and(|film| film.titles().any(|title| title_words(title) == typed))
        };
        let found = self.search.films.find(text, offset + size, is_wanted, seen, in_full)?;
        Ok(found.into_iter().skip(offset).filter_map(|slot| self.at(slot).cloned()).collect())
    }

    /// People that match `text` and have films for a viewer with these rights, best first.
    ///
    /// # Errors
    /// [`SearchError`].
    pub fn search_persons(
        &self,
        text: &str,
        rights: Rights,
        offset: usize,
        size: usize,
        is_wanted: &dyn Fn() -> bool,
    ) -> Result<Vec<SeenPerson<'_>>, SearchError> {
        let ages = Arc::clone(&self.search.person_ages);
        let seen = move |slot: Slot| ages.get(slot as usize).is_some_and(|age| rights.sees(*age));
        let name_in_full = |slot: Slot, typed: &[String]| {
            let person = self.search.person_slots.get(slot as usize).and_then(|id| self.person_name(*id));
            person.is_some_and(|person| person.names().any(|name| words(name) == typed))
        };
        let found = self.search.persons.find(text, offset + size, is_wanted, seen, name_in_full)?;
        let known = found.into_iter().skip(offset).filter_map(|slot| self.search.person_slots.get(slot as usize));
        Ok(known.filter_map(|id| self.person(*id, rights)).collect())
    }
}

impl Index {
    /// The best `wanted` matches.
    fn find(
        &self,
        text: &str,
        wanted: usize,
        is_wanted: IsWanted<'_>,
        seen: impl Fn(Slot) -> bool + Clone + Send + Sync + 'static,
        in_full: impl Fn(Slot, &[String]) -> bool,
    ) -> Result<Vec<Slot>, SearchError> {
        let typed = readings(text);
        if typed.is_empty() {
            return Ok(Vec::new());
        }
        let pass = |pass| self.pass(&typed, pass, wanted, is_wanted, seen.clone());
        let mut found = pass(Pass::Plain)?;
        // Who has typed a whole title did not mean another one that is spelled nearly so.
        let exact = found.iter().take(3).any(|slot| typed.iter().any(|words| in_full(*slot, title_form(words))));
        if found.len() < wanted && !exact {
            let known: HashSet<Slot> = found.iter().copied().collect();
            found.extend(pass(Pass::Forgiving)?.into_iter().filter(|slot| !known.contains(slot)));
        }
        if found.is_empty() {
            found = pass(Pass::SomeWords)?;
        }
        found.truncate(wanted);
        Ok(found)
    }

    fn pass(
        &self,
        readings: &[Vec<String>],
        pass: Pass,
        wanted: usize,
        is_wanted: IsWanted<'_>,
        seen: impl Fn(Slot) -> bool + Clone + Send + Sync + 'static,
    ) -> Result<Vec<Slot>, SearchError> {
        let mut queries = Vec::new();
        for words in readings {
            queries.extend(self.reading(words, pass, is_wanted)?);
            if pass != Pass::Plain && !queries.is_empty() {
                break; // slips on the other layout are looked for only where those on this one lead nowhere
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
        let typed = readings.iter().map(Vec::len).max().unwrap_or(1) as f32;
        let ranking = TopDocs::with_limit(wanted).tweak_score(move |segment: &SegmentReader| {
            let slots = segment.fast_fields().u64(SLOT).map(|column| column.first_or_default_col(0)).ok();
            let (weights, seen) = (Arc::clone(&weights), seen.clone());
            move |doc: DocId, score: Score| {
                let slot = slots.as_ref().map_or(0, |slots| slots.get_val(doc)) as Slot;
                let weight = weights.get(slot as usize).copied().unwrap_or_default();
                if weight.words == 0 || !seen(slot) {
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

    /// The reading as a query, or `None` when it means nothing here.
    fn reading(
        &self,
        words: &[String],
        pass: Pass,
        is_wanted: IsWanted<'_>,
    ) -> Result<Option<Box<dyn Query>>, SearchError> {
        let reach = if pass == Pass::Plain { MatchMode::Plain } else { MatchMode::Slips };
        let mut each = Vec::with_capacity(words.len());
        for (place, word) in words.iter().enumerate() {
            if !is_wanted() {
                return Err(SearchError::CutOff);
            }
            let last = place + 1 == words.len();
            match term_query(&self.searcher, &self.parts, word, last, reach)? {
                Some(query) => each.push(query),
                None if pass == Pass::SomeWords => {}
                None => return Ok(None),
            }
        }
        Ok((!each.is_empty()).then(|| -> Box<dyn Query> {
            Box::new(match pass {
                Pass::Plain | Pass::Forgiving => BooleanQuery::intersection(each),
                Pass::SomeWords => BooleanQuery::union(each),
            })
        }))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pass {
    /// Every word as it is.
    Plain,
    /// Every word, with slips.
    Forgiving,
    /// Some of the words, with slips.
    SomeWords,
}

/// What was typed, without the article that titles are compared without.
fn title_form(words: &[String]) -> &[String] {
    match words {
        [article, rest @ ..] if !rest.is_empty() && is_article(article) => rest,
        words => words,
    }
}

/// The ways to read what was typed: as it is, and on the other keyboard layout.
fn readings(text: &str) -> Vec<Vec<String>> {
    let mut readings = vec![words(text)];
    readings.extend(other_layout(text).map(|text| words(&text)));
    readings.iter_mut().for_each(|words| words.truncate(MAX_WORDS));
    readings.retain(|words| !words.is_empty());
    readings
}

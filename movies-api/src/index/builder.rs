//! Maintains the read model, and makes a snapshot after each batch of changes.

use std::collections::HashMap;
use std::sync::Arc;

use contracts::Translated;
use contracts::ids::{FilmId, PersonId};
use tantivy::schema::{FAST, INDEXED, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{TextAnalyzer, WhitespaceTokenizer};
use tantivy::{Index as TantivyIndex, IndexReader, IndexWriter, ReloadPolicy, TantivyDocument, Term};

use super::entries::{Facts, GenreEntry, PersonEntry, RoleSet, Slot};
use super::full_text::{Index, SLOT, Searchers, Weight};
use super::order::Order;
use super::snapshot::Snapshot;
use super::terms::SearchField;
use super::text::{title_words, words};
use crate::domain::film::{Film, GenreNames, Person};

/// Memory for tantivy's uncommitted changes; the minimum it accepts.
const WRITER_MEMORY: usize = 15_000_000;

/// The mutable read model.
pub struct Builder {
    seq: u64,
    films: Vec<Option<Arc<Film>>>,
    slots: HashMap<FilmId, Slot>,
    persons: HashMap<PersonId, (Slot, Arc<Person>)>,
    person_slots: Vec<PersonId>,
    genres: Vec<GenreNames>,
    film_words: WordIndex,
    person_words: WordIndex,
}

impl Builder {
    /// An empty catalogue.
    ///
    /// # Errors
    /// When the search index cannot be set up.
    pub fn new() -> tantivy::Result<Self> {
        Ok(Self {
            seq: 0,
            films: Vec::new(),
            slots: HashMap::new(),
            persons: HashMap::new(),
            person_slots: Vec::new(),
            genres: Vec::new(),
            film_words: WordIndex::new(&[("title", 2.0, true), ("people", 1.0, true), ("year", 0.5, false)])?,
            person_words: WordIndex::new(&[("name", 1.0, true)])?,
        })
    }

    /// Position in the change feed up to which it has read.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// Adds new or changed films, with the people they name.
    ///
    /// # Errors
    /// When the search index cannot be written.
    pub fn upsert(&mut self, films: Vec<Film>, persons: Vec<Person>) -> tantivy::Result<()> {
        for person in persons {
            self.upsert_person(person)?;
        }
        for film in films {
            let next = self.films.len() as Slot;
            let slot = *self.slots.entry(film.id).or_insert(next);
            let people: Vec<&str> = film
                .credits
                .iter()
                .filter_map(|credit| self.persons.get(&credit.person_id))
                .flat_map(|(_, person)| person.name.all())
                .collect();
            let titles: Vec<&str> = film.titles().collect();
            let year = film.year.to_string();
            self.film_words.put(slot, &[titles.as_slice(), people.as_slice(), &[year.as_str()]], slot < next)?;
            let film = Some(Arc::new(film));
            if slot == next { self.films.push(film) } else { self.films[slot as usize] = film }
        }
        Ok(())
    }

    /// Removes deleted films.
    pub fn remove(&mut self, films: impl IntoIterator<Item = FilmId>) {
        for id in films {
            if let Some(slot) = self.slots.remove(&id) {
                self.films[slot as usize] = None;
                self.film_words.delete(slot);
            }
        }
    }

    /// Replaces the names of all genres.
    pub fn set_genres(&mut self, genres: Vec<GenreNames>) {
        self.genres = genres;
    }

    /// The current catalogue, read up to `seq`.
    ///
    /// # Errors
    /// When the search index cannot be written.
    pub fn snapshot(&mut self, seq: u64) -> tantivy::Result<Snapshot> {
        self.seq = seq;
        let live: Vec<Slot> = self.slots.values().copied().collect();
        let orders = Order::ALL.map(|order| self.sorted(&live, order));
        let ranks = orders.each_ref().map(|order| {
            let mut ranks = vec![u32::MAX; self.films.len()];
            order.iter().enumerate().for_each(|(rank, slot)| ranks[*slot as usize] = rank as u32);
            ranks
        });
        let facts: Vec<_> = self.films.iter().map(|film| film.as_deref().map_or(Facts::TOMBSTONE, Facts::of)).collect();
        let persons = self.person_entries();
        let search = Searchers {
            films: self
                .film_words
                .commit(self.films.iter().map(|film| film.as_deref().map_or_else(Weight::default, film_weight)))?,
            persons: self.person_words.commit(self.person_slots.iter().map(|id| {
                let Some(entry) = persons.get(id) else { return Weight::default() };
                let films = entry.films.len() as f32;
                Weight { words: count_words(entry.person.name.all()), popularity: 1.0 + 0.05 * films.ln_1p() }
            }))?,
            person_slots: Arc::new(self.person_slots.clone()),
            person_ages: Arc::new(self.person_slots.iter().map(|id| lowest_rating(persons.get(id), &facts)).collect()),
        };
        Ok(Snapshot {
            seq,
            facts: Arc::new(facts),
            films: self.films.clone(),
            slots: self.slots.clone(),
            orders,
            ranks,
            genres: self.genre_entries(),
            countries: self.postings(|film| &film.countries),
            persons,
            search,
        })
    }

    fn upsert_person(&mut self, person: Person) -> tantivy::Result<()> {
        let next = self.person_slots.len() as Slot;
        let known = self.persons.get(&person.id);
        if known.is_some_and(|(_, known)| **known == person) {
            return Ok(());
        }
        let slot = known.map_or(next, |(slot, _)| *slot);
        let names: Vec<&str> = person.name.all().collect();
        self.person_words.put(slot, &[&names], slot < next)?;
        if slot == next {
            self.person_slots.push(person.id);
        }
        self.persons.insert(person.id, (slot, Arc::new(person)));
        Ok(())
    }

    fn sorted(&self, live: &[Slot], order: Order) -> Vec<Slot> {
        let position = |slot: &Slot| self.films[*slot as usize].as_deref().map(|film| order.position(film));
        let mut slots = live.to_vec();
        slots.sort_by_cached_key(position);
        slots
    }

    fn postings(&self, names: impl Fn(&Film) -> &Vec<String>) -> HashMap<String, Vec<Slot>> {
        let mut postings: HashMap<String, Vec<Slot>> = HashMap::new();
        for (slot, film) in self.films.iter().enumerate() {
            for name in film.as_deref().map_or(&[][..], |film| names(film)) {
                match postings.get_mut(name) {
                    Some(slots) => slots.push(slot as Slot),
                    None => drop(postings.insert(name.clone(), vec![slot as Slot])),
                }
            }
        }
        postings
    }

    fn genre_entries(&self) -> HashMap<String, GenreEntry> {
        let names: HashMap<&str, &GenreNames> = self.genres.iter().map(|genre| (genre.slug.as_str(), genre)).collect();
        let postings = self.postings(|film| &film.genres).into_iter();
        postings
            .map(|(slug, films)| {
                let unnamed = || GenreNames { slug: slug.clone(), name: Translated { en: slug.clone(), ru: None } };
                let names = names.get(slug.as_str()).map_or_else(unnamed, |names| (*names).clone());
                (slug.clone(), GenreEntry { names, films })
            })
            .collect()
    }

    fn person_entries(&self) -> HashMap<PersonId, PersonEntry> {
        let mut entries: HashMap<PersonId, PersonEntry> = HashMap::with_capacity(self.persons.len());
        for (slot, film) in self.films.iter().enumerate() {
            for credit in film.as_deref().map_or(&[][..], |film| &film.credits) {
                let Some((_, person)) = self.persons.get(&credit.person_id) else { continue };
                let entry = entries.entry(credit.person_id).or_insert_with(|| PersonEntry {
                    person: Arc::clone(person),
                    films: Vec::new(),
                    roles: Vec::new(),
                });
                if entry.films.last() != Some(&(slot as Slot)) {
                    entry.films.push(slot as Slot);
                    entry.roles.push(RoleSet::default());
                }
                if let Some(roles) = entry.roles.last_mut() {
                    roles.add(credit.role);
                }
            }
        }
        entries
    }
}

/// The lowest rating of this person's films.
fn lowest_rating(entry: Option<&PersonEntry>, facts: &[Facts]) -> u8 {
    let films = entry.map_or(&[][..], |entry| &entry.films).iter();
    films.map(|slot| facts[*slot as usize].rating_age).min().unwrap_or(Facts::TOMBSTONE.rating_age)
}

fn film_weight(film: &Film) -> Weight {
    let votes = film.votes as f32;
    Weight { words: count_words(film.titles()), popularity: 1.0 + 0.02 * votes.ln_1p() }
}

/// Words of the shortest of these texts, at least 1.
fn count_words<'a>(texts: impl Iterator<Item = &'a str>) -> u8 {
    let least = texts.map(|text| title_words(text).len()).min().unwrap_or(1);
    u8::try_from(least.max(1)).unwrap_or(u8::MAX)
}

/// A tantivy index in memory that holds words only; documents are identified by slot.
struct WordIndex {
    writer: IndexWriter,
    reader: IndexReader,
    fields: Arc<[SearchField]>,
    slot: tantivy::schema::Field,
}

impl WordIndex {
    /// `fields`: name, boost, `true` for prefix and fuzzy matches.
    fn new(fields: &[(&str, f32, bool)]) -> tantivy::Result<Self> {
        let mut schema = Schema::builder();
        let slot = schema.add_u64_field(SLOT, INDEXED | FAST);
        let indexing =
            TextFieldIndexing::default().set_tokenizer("folded").set_index_option(IndexRecordOption::WithFreqs);
        let text = TextOptions::default().set_indexing_options(indexing);
        let field = |(name, boost, fuzzy): &(&str, f32, bool)| SearchField {
            field: schema.add_text_field(name, text.clone()),
            boost: *boost,
            fuzzy: *fuzzy,
        };
        let fields = fields.iter().map(field).collect();
        let index = TantivyIndex::create_in_ram(schema.build());
        index.tokenizers().register("folded", TextAnalyzer::from(WhitespaceTokenizer::default()));
        let writer = index.writer_with_num_threads(1, WRITER_MEMORY)?;
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).num_warming_threads(1).try_into()?;
        Ok(Self { writer, reader, fields, slot })
    }

    /// Indexes the texts of each field; `replaces` when the slot already has a document.
    fn put(&mut self, slot: Slot, texts: &[&[&str]], replaces: bool) -> tantivy::Result<()> {
        if replaces {
            self.delete(slot);
        }
        let mut document = TantivyDocument::new();
        document.add_u64(self.slot, u64::from(slot));
        for (field, texts) in self.fields.iter().zip(texts) {
            let folded: Vec<String> = texts.iter().flat_map(|text| words(text)).collect();
            document.add_text(field.field, folded.join(" "));
        }
        self.writer.add_document(document).map(drop)
    }

    fn delete(&mut self, slot: Slot) {
        self.writer.delete_term(Term::from_field_u64(self.slot, u64::from(slot)));
    }

    fn commit(&mut self, weights: impl Iterator<Item = Weight>) -> tantivy::Result<Index> {
        self.writer.commit()?;
        self.reader.reload()?;
        Ok(Index {
            searcher: self.reader.searcher(),
            fields: Arc::clone(&self.fields),
            weights: Arc::new(weights.collect()),
        })
    }
}

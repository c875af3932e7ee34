//! Resolves names to persons: known ones, new ones, and new Russian names.

use std::collections::{HashMap, HashSet};

use contracts::ids::PersonId;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::StorageError;
use super::chunks::chunks;
use super::credits::NamedCredit;
use super::entities::{film_credits, films, persons};
use super::film_rows::{actives, save_rows};
use super::transaction::CatalogueWrite;

/// Policy for a known person with another Russian name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RussianNames {
    /// Keep the old one. Imports do so: two spellings within one file would otherwise alternate at each import.
    Fill,
    /// Take the new one: editors must be able to correct a name.
    Replace,
}

/// The persons of one transaction.
#[derive(Debug, Default)]
pub struct People {
    by_key: HashMap<String, KnownPerson>,
    renamed: Vec<Uuid>,
}

#[derive(Debug, Clone, Copy)]
struct KnownPerson {
    id: Uuid,
    has_russian_name: bool,
}

/// Persons that earlier batches of an import have resolved. Persons are never deleted, so it does not get stale.
#[derive(Debug, Default)]
pub struct PersonCache(HashMap<String, KnownPerson>);

impl PersonCache {
    /// Maximum number of cached persons: about 20 MB.
    const CAPACITY: usize = 200_000;

    /// Adds people of a committed transaction.
    pub fn add(&mut self, people: People) {
        if self.0.len() + people.by_key.len() > Self::CAPACITY {
            self.0.clear();
        }
        self.0.extend(people.by_key);
    }
}

impl People {
    /// Finds all people in the credits, and adds the missing ones.
    pub async fn resolve<'a>(
        db: &impl ConnectionTrait,
        credits: impl Iterator<Item = &'a NamedCredit>,
        cache: &PersonCache,
        russian: RussianNames,
    ) -> Result<Self, StorageError> {
        let mut people = Self::default();
        let mut unresolved = Vec::new();
        for named in distinct(credits) {
            match cache.0.get(named.key) {
                Some(known) if named.name_ru.is_none() || (known.has_russian_name && russian == RussianNames::Fill) => {
                    people.by_key.insert(named.key.to_owned(), *known);
                }
                _ => unresolved.push(named),
            }
        }
        let mut stored = rows_by_key(db, &unresolved).await?;
        let (mut new, mut renamed) = (Vec::new(), Vec::new());
        for named in unresolved {
            let known = stored.remove(named.key);
            let row = known.clone().unwrap_or_else(|| named.new_row());
            let row = persons::Model { name_ru: named.russian_name(row.name_ru.as_deref(), russian), ..row };
            people
                .by_key
                .insert(named.key.to_owned(), KnownPerson { id: row.id, has_russian_name: row.name_ru.is_some() });
            match known {
                None => new.push(row),
                Some(known) if known != row => renamed.push(row),
                Some(_) => {}
            }
        }
        people.renamed = renamed.iter().map(|row| row.id).collect();
        save_persons(db, &new).await?;
        save_persons(db, &renamed).await?;
        Ok(people)
    }

    /// The person with this key.
    pub fn id_of(&self, key: &str) -> Option<PersonId> {
        self.by_key.get(key).map(|known| PersonId(known.id))
    }

    /// Assigns new feed numbers to films of renamed people, except for those that get one anyway.
    pub async fn publish_renames(
        &self,
        write: &mut CatalogueWrite,
        already: &HashSet<Uuid>,
        now: chrono::DateTime<chrono::Utc>,
    ) -> Result<(), StorageError> {
        let mut touched = HashSet::new();
        for chunk in chunks(&self.renamed) {
            let films: Vec<Uuid> = film_credits::Entity::find()
                .select_only()
                .column(film_credits::Column::FilmId)
                .distinct()
                .filter(film_credits::Column::PersonId.is_in(chunk.iter().copied()))
                .into_tuple()
                .all(write.connection())
                .await?;
            touched.extend(films.into_iter().filter(|film| !already.contains(film)));
        }
        let mut touched: Vec<Uuid> = touched.into_iter().collect();
        touched.sort_unstable();
        for chunk in chunks(&touched) {
            let query = films::Entity::find().filter(films::Column::Id.is_in(chunk.iter().copied()));
            let mut rows = query.all(write.connection()).await?;
            for row in &mut rows {
                row.seq = write.next_seq();
                row.updated_at = now;
            }
            save_rows(write.connection(), &rows).await?;
        }
        Ok(())
    }
}

/// A person as named by all credits of one transaction.
struct NamedPerson<'a> {
    key: &'a str,
    name: &'a str,
    name_ru: Option<&'a str>,
}

impl NamedPerson<'_> {
    fn new_row(&self) -> persons::Model {
        persons::Model {
            id: PersonId::new().0,
            source_key: self.key.to_owned(),
            name: self.name.to_owned(),
            name_ru: None,
        }
    }

    fn russian_name(&self, stored: Option<&str>, russian: RussianNames) -> Option<String> {
        let (first, second) = match russian {
            RussianNames::Fill => (stored, self.name_ru),
            RussianNames::Replace => (self.name_ru, stored),
        };
        first.or(second).map(str::to_owned)
    }
}

/// Each person once, in the order of first mention, with the first Russian name that any credit gives: the result does
/// not depend on the boundaries of batches.
fn distinct<'a>(credits: impl Iterator<Item = &'a NamedCredit>) -> Vec<NamedPerson<'a>> {
    let mut positions: HashMap<&str, usize> = HashMap::new();
    let mut people: Vec<NamedPerson<'a>> = Vec::new();
    for credit in credits {
        let position = *positions.entry(&credit.person_key).or_insert(people.len());
        if position == people.len() {
            people.push(NamedPerson { key: &credit.person_key, name: &credit.name.en, name_ru: None });
        }
        people[position].name_ru = people[position].name_ru.or(credit.name.ru.as_deref());
    }
    people
}

async fn rows_by_key(
    db: &impl ConnectionTrait,
    people: &[NamedPerson<'_>],
) -> Result<HashMap<String, persons::Model>, StorageError> {
    let mut found = HashMap::with_capacity(people.len());
    for chunk in chunks(people) {
        let keys = chunk.iter().map(|named| named.key);
        let rows = persons::Entity::find().filter(persons::Column::SourceKey.is_in(keys)).all(db).await?;
        found.extend(rows.into_iter().map(|row| (row.source_key.clone(), row)));
    }
    Ok(found)
}

async fn save_persons(db: &impl ConnectionTrait, rows: &[persons::Model]) -> Result<(), StorageError> {
    let known = OnConflict::column(persons::Column::Id).update_column(persons::Column::NameRu).to_owned();
    for chunk in chunks(rows) {
        persons::Entity::insert_many(actives(chunk)).on_conflict(known.clone()).exec_without_returning(db).await?;
    }
    Ok(())
}

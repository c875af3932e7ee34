//! From names to persons: who is known, who is new, whose Russian name is news.

use std::collections::{HashMap, HashSet};

use contracts::ids::PersonId;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::StorageError;
use super::chunks::chunks;
use super::entities::{film_credits, films, persons};
use super::facts::NamedCredit;
use super::film_rows::{actives, save_rows};
use super::transaction::CatalogueWrite;

/// What to do when a person has another Russian name already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RussianNames {
    /// Keep it. Imports do so: two spellings within one file would otherwise change places at each import.
    Fill,
    /// Take the new one: editors must be able to correct a name.
    Replace,
}

/// The persons of one transaction.
#[derive(Debug, Default)]
pub struct People {
    by_key: HashMap<String, Known>,
    renamed: Vec<Uuid>,
}

#[derive(Debug, Clone, Copy)]
struct Known {
    id: Uuid,
    has_russian_name: bool,
}

/// Persons that earlier batches of an import have met. Persons are never deleted, so it does not get stale.
#[derive(Debug, Default)]
pub struct PersonCache(HashMap<String, Known>);

impl PersonCache {
    /// Most persons to remember: about 20 MB.
    const MOST: usize = 200_000;

    /// Remembers people whose transaction is committed.
    pub fn add(&mut self, people: People) {
        if self.0.len() + people.by_key.len() > Self::MOST {
            self.0.clear();
        }
        self.0.extend(people.by_key);
    }
}

impl People {
    /// Finds everybody whom the credits name and adds who is not there yet.
    pub async fn resolve<'a>(
        db: &impl ConnectionTrait,
        credits: impl Iterator<Item = &'a NamedCredit>,
        cache: &PersonCache,
        russian: RussianNames,
    ) -> Result<Self, StorageError> {
        let mut people = Self::default();
        let mut asked = Vec::new();
        for named in distinct(credits) {
            match cache.0.get(named.key) {
                Some(known) if named.name_ru.is_none() || (known.has_russian_name && russian == RussianNames::Fill) => {
                    people.by_key.insert(named.key.to_owned(), *known);
                }
                _ => asked.push(named),
            }
        }
        let mut stored = rows_by_key(db, &asked).await?;
        let (mut new, mut renamed) = (Vec::new(), Vec::new());
        for named in asked {
            let known = stored.remove(named.key);
            let row = known.clone().unwrap_or_else(|| named.new_row());
            let row = persons::Model { name_ru: named.russian_name(row.name_ru.as_deref(), russian), ..row };
            people.by_key.insert(named.key.to_owned(), Known { id: row.id, has_russian_name: row.name_ru.is_some() });
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

    /// The person behind a key.
    pub fn id_of(&self, key: &str) -> Option<PersonId> {
        self.by_key.get(key).map(|known| PersonId(known.id))
    }

    /// Gives new numbers in the feed to films of people whose names have changed, but for those that get one anyway.
    pub async fn announce_renamed(
        &self,
        write: &mut CatalogueWrite,
        already: &HashSet<Uuid>,
        now: chrono::DateTime<chrono::Utc>,
    ) -> Result<(), StorageError> {
        let mut touched = HashSet::new();
        for piece in chunks(&self.renamed) {
            let films: Vec<Uuid> = film_credits::Entity::find()
                .select_only()
                .column(film_credits::Column::FilmId)
                .distinct()
                .filter(film_credits::Column::PersonId.is_in(piece.iter().copied()))
                .into_tuple()
                .all(write.connection())
                .await?;
            touched.extend(films.into_iter().filter(|film| !already.contains(film)));
        }
        let mut touched: Vec<Uuid> = touched.into_iter().collect();
        touched.sort_unstable();
        for piece in chunks(&touched) {
            let query = films::Entity::find().filter(films::Column::Id.is_in(piece.iter().copied()));
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

/// A person as the credits of one transaction name them together.
struct Named<'a> {
    key: &'a str,
    name: &'a str,
    name_ru: Option<&'a str>,
}

impl Named<'_> {
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

/// Each person once, in the order of first mention, with the first Russian name that any credit gives. So it makes no
/// difference where batches begin and end.
fn distinct<'a>(credits: impl Iterator<Item = &'a NamedCredit>) -> Vec<Named<'a>> {
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut people: Vec<Named<'a>> = Vec::new();
    for credit in credits {
        let place = *places.entry(&credit.person_key).or_insert(people.len());
        if place == people.len() {
            people.push(Named { key: &credit.person_key, name: &credit.name, name_ru: None });
        }
        people[place].name_ru = people[place].name_ru.or(credit.name_ru.as_deref());
    }
    people
}

async fn rows_by_key(
    db: &impl ConnectionTrait,
    people: &[Named<'_>],
) -> Result<HashMap<String, persons::Model>, StorageError> {
    let mut found = HashMap::with_capacity(people.len());
    for piece in chunks(people) {
        let keys = piece.iter().map(|named| named.key);
        let rows = persons::Entity::find().filter(persons::Column::SourceKey.is_in(keys)).all(db).await?;
        found.extend(rows.into_iter().map(|row| (row.source_key.clone(), row)));
    }
    Ok(found)
}

async fn save_persons(db: &impl ConnectionTrait, rows: &[persons::Model]) -> Result<(), StorageError> {
    let known = OnConflict::column(persons::Column::Id).update_column(persons::Column::NameRu).to_owned();
    for piece in chunks(rows) {
        persons::Entity::insert_many(actives(piece)).on_conflict(known.clone()).exec_without_returning(db).await?;
    }
    Ok(())
}

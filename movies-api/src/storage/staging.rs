//! Rows of IMDb titles, until their films are complete.
//!
//! IMDb spreads a film over six files. Gathering the rows here, and not in the catalogue, means that viewers never see
//! half a film, that each film gets one number in the feed and not five, and that memory stays bounded.

use std::collections::{HashMap, HashSet};

use sea_orm::sea_query::{OnConflict, Query};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::chunks::chunks;
use super::entities::imdb_staging::{ActiveModel, Column, Entity, Model};
use super::film_rows::actives;
use super::staging_cleanup::import_id;
use super::transaction::CatalogueWrite;
use super::{BatchOutcome, CatalogueImport, Position, PreparedRecord, StorageError};

use super::staged_part::Part;

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StagedRow {
    /// `tt…`, or `nm…` for a name.
    pub key: String,
    /// Kind of row.
    pub part: Part,
    /// Position among rows of the same kind; lower is better.
    pub position: i32,
    /// `nm…`, in credits.
    pub person: Option<String>,
    /// The content, in the format of its part.
    pub content: Option<String>,
}

/// All rows of a film.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StagedTitle {
    /// `tt…`
    pub key: String,
    /// By part and position.
    pub rows: Vec<StagedRow>,
}

impl CatalogueImport {
    fn import_id(&self) -> i64 {
        self.checkpoint.as_ref().map_or(0, |checkpoint| import_id(&checkpoint.fingerprint))
    }

    /// Stages rows until their film is complete: all titles, other rows of staged titles only, and names of credited
    /// people only. Moves the checkpoint in the same transaction.
    ///
    /// # Errors
    /// As [`CatalogueImport::upsert_batch`].
    pub async fn stage(&mut self, rows: Vec<StagedRow>, to: Position) -> Result<(), StorageError> {
        let write = CatalogueWrite::begin(&self.store.transactions).await?;
        let wanted = self.wanted(write.connection(), &rows).await?;
        let import_id = self.import_id();
        let models: Vec<Model> = rows
            .into_iter()
            .filter(|row| row.part == Part::Title || wanted.contains(&row.key))
            .map(|StagedRow { key, part, position, person, content }| Model {
                import_id,
                key,
                part,
                position,
                person,
                content,
            })
            .collect();
        let known = OnConflict::columns([Column::ImportId, Column::Key, Column::Part, Column::Position])
            .do_nothing()
            .to_owned();
        for chunk in chunks(&models) {
            Entity::insert_many(actives::<_, ActiveModel>(chunk))
                .on_conflict(known.clone())
                .exec_without_returning(write.connection())
                .await?;
        }
        self.commit_at(write, to, false).await
    }

    /// Keys of `rows` that belong to staged titles or credits.
    async fn wanted(&self, db: &impl ConnectionTrait, rows: &[StagedRow]) -> Result<HashSet<String>, StorageError> {
        let keys_of = |names: bool| -> Vec<&str> {
            let rows = rows.iter().filter(|row| row.part != Part::Title && (row.part == Part::Name) == names);
            let keys: HashSet<&str> = rows.map(|row| row.key.as_str()).collect();
            keys.into_iter().collect()
        };
        let mut wanted = HashSet::new();
        let own = Condition::all().add(Column::ImportId.eq(self.import_id()));
        for chunk in chunks(&keys_of(false)) {
            let titles = own.clone().add(Column::Part.eq(Part::Title)).add(Column::Key.is_in(chunk.iter().copied()));
            let query = Entity::find().select_only().column(Column::Key).filter(titles);
            wanted.extend(query.into_tuple::<String>().all(db).await?);
        }
        for chunk in chunks(&keys_of(true)) {
            let credits = own.clone().add(Column::Person.is_in(chunk.iter().copied()));
            let query = Entity::find().select_only().column(Column::Person).distinct().filter(credits);
            wanted.extend(query.into_tuple::<String>().all(db).await?);
        }
        Ok(wanted)
    }

    /// The next films after key `after`, at most `limit`, by key; with the names of all their people by `nm…`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn staged_titles(
        &self,
        after: &str,
        limit: u64,
    ) -> Result<(Vec<StagedTitle>, HashMap<String, String>), StorageError> {
        let db = &self.store.db;
        let own = Condition::all().add(Column::ImportId.eq(self.import_id()));
        let keys: Vec<String> = Entity::find()
            .select_only()
            .column(Column::Key)
            .filter(own.clone().add(Column::Part.eq(Part::Title)).add(Column::Key.gt(after)))
            .order_by_asc(Column::Key)
            .limit(limit)
            .into_tuple()
            .all(db)
            .await?;
        let mut titles = Vec::with_capacity(keys.len());
        for chunk in chunks(&keys) {
            let rows = Entity::find()
                .filter(own.clone().add(Column::Key.is_in(chunk)))
                .order_by_asc(Column::Key)
                .order_by_asc(Column::Part)
                .order_by_asc(Column::Position)
                .all(db)
                .await?;
            for Model { key, part, position, person, content, .. } in rows {
                if titles.last().is_none_or(|title: &StagedTitle| title.key != key) {
                    titles.push(StagedTitle { key: key.clone(), rows: Vec::new() });
                }
                if let Some(title) = titles.last_mut() {
                    title.rows.push(StagedRow { key, part, position, person, content });
                }
            }
        }
        let people: HashSet<&str> =
            titles.iter().flat_map(|title| &title.rows).filter_map(|row| row.person.as_deref()).collect();
        let people: Vec<&str> = people.into_iter().collect();
        let mut names = HashMap::with_capacity(people.len());
        for chunk in chunks(&people) {
            let named = own.clone().add(Column::Part.eq(Part::Name)).add(Column::Key.is_in(chunk.iter().copied()));
            let query = Entity::find().select_only().columns([Column::Key, Column::Content]).filter(named);
            let rows: Vec<(String, Option<String>)> = query.into_tuple().all(db).await?;
            names.extend(rows.into_iter().filter_map(|(key, name)| Some((key, name?))));
        }
        Ok((titles, names))
    }

    /// As [`CatalogueImport::upsert_batch`]; deletes the rows of these films in the same transaction.
    ///
    /// # Errors
    /// As [`CatalogueImport::upsert_batch`].
    pub async fn upsert_staged(
        &mut self,
        records: Vec<PreparedRecord>,
        keys: &[String],
        to: Position,
    ) -> Result<BatchOutcome, StorageError> {
        let mut write = CatalogueWrite::begin(&self.store.transactions).await?;
        let (outcome, people) = self.upsert(&mut write, records).await?;
        for chunk in chunks(keys) {
            let delete = Query::delete()
                .from_table(Entity)
                .and_where(Column::ImportId.eq(self.import_id()))
                .and_where(Column::Key.is_in(chunk))
                .to_owned();
            write.connection().execute(&delete).await?;
        }
        self.commit_at(write, to, false).await?;
        self.cache_people(people);
        Ok(outcome)
    }
}

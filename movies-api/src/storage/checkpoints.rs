//! Progress of imports. A checkpoint moves in the same transaction as the rows it covers.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter};

use super::StorageError;
use super::entities::imports;

/// A position in a source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Position {
    /// Step of the import, from 0; sources with one file have one.
    pub step: u8,
    /// Lines of that step that are done.
    pub line: u64,
    /// Digest of those lines, to detect a changed file; empty at line 0.
    pub digest: String,
}

/// A source, and the progress of its import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Fingerprint of the source.
    pub fingerprint: String,
    /// Position up to which it is imported.
    pub position: Position,
}

impl Checkpoint {
    /// Finds the checkpoint of an interrupted import, or creates one: for new sources, for completed ones, and at
    /// `restart`.
    pub(super) async fn open(
        db: &impl ConnectionTrait,
        fingerprint: &str,
        name: &str,
        restart: bool,
        now: DateTime<Utc>,
    ) -> Result<Self, StorageError> {
        let stored = imports::Entity::find_by_id(fingerprint).one(db).await?;
        if let Some(row) = stored.filter(|row| row.finished_at.is_none() && !restart) {
            let step = row.step.try_into().map_err(|e| StorageError::unreadable("imports", e))?;
            let position = Position { step, line: row.position.cast_unsigned(), digest: row.digest };
            return Ok(Self { fingerprint: row.fingerprint, position });
        }
        let row = imports::Model {
            fingerprint: fingerprint.to_owned(),
            name: name.to_owned(),
            step: 0,
            position: 0,
            digest: String::new(),
            updated_at: now,
            finished_at: None,
        };
        let known = OnConflict::column(imports::Column::Fingerprint)
            .update_columns([
                imports::Column::Name,
                imports::Column::Step,
                imports::Column::Position,
                imports::Column::Digest,
                imports::Column::UpdatedAt,
                imports::Column::FinishedAt,
            ])
            .to_owned();
        imports::Entity::insert(row.into_active_model()).on_conflict(known).exec_without_returning(db).await?;
        Ok(Self { fingerprint: fingerprint.to_owned(), position: Position::default() })
    }

    /// Advances, unless the checkpoint was moved concurrently.
    pub(super) async fn advance(
        &self,
        db: &impl ConnectionTrait,
        to: &Position,
        finished: bool,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let moved = imports::Entity::update_many()
            .col_expr(imports::Column::Step, Expr::value(i16::from(to.step)))
            .col_expr(imports::Column::Position, Expr::value(to.line.cast_signed()))
            .col_expr(imports::Column::Digest, Expr::value(to.digest.as_str()))
            .col_expr(imports::Column::UpdatedAt, Expr::value(now))
            .col_expr(imports::Column::FinishedAt, Expr::value(finished.then_some(now)))
            .filter(imports::Column::Fingerprint.eq(&self.fingerprint))
            .filter(imports::Column::Step.eq(i16::from(self.position.step)))
            .filter(imports::Column::Position.eq(self.position.line.cast_signed()))
            .filter(imports::Column::FinishedAt.is_null())
            .exec(db)
            .await?;
        if moved.rows_affected == 1 { Ok(()) } else { Err(StorageError::ConcurrentImport) }
    }
}

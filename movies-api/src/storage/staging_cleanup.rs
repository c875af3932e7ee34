//! Deletes staged rows: those of an import that ends, and those of abandoned ones.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use super::entities::imdb_staging::{Column, Entity};
use super::entities::imports;
use super::{Checkpoint, StorageError};

/// Retention of the rows of an abandoned import, in days.
const RETENTION_DAYS: i64 = 7;

/// Deletes the rows of this import, and those of imports that were abandoned a week ago.
pub async fn clear(db: &impl ConnectionTrait, checkpoint: &Checkpoint, now: DateTime<Utc>) -> Result<(), StorageError> {
    Entity::delete_many().filter(Column::ImportId.eq(import_id(&checkpoint.fingerprint))).exec(db).await?;
    let abandoned = imports::Entity::find()
        .filter(imports::Column::FinishedAt.is_null())
        .filter(imports::Column::UpdatedAt.lt(now - TimeDelta::days(RETENTION_DAYS)))
        .all(db)
        .await?;
    for row in abandoned {
        Entity::delete_many().filter(Column::ImportId.eq(import_id(&row.fingerprint))).exec(db).await?;
        imports::Entity::delete_by_id(row.fingerprint).exec(db).await?;
    }
    Ok(())
}

/// Eight bytes of the fingerprint: short enough for millions of rows.
pub fn import_id(fingerprint: &str) -> i64 {
    fingerprint.get(..16).and_then(|digits| u64::from_str_radix(digits, 16).ok()).unwrap_or_default().cast_signed()
}

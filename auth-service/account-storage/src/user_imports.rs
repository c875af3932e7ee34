//! Imported accounts: written in batches, each with the progress of its file.

use std::collections::HashSet;

use accounts::{AuditAction, AuditContext, AuditEvent, AuditOutcome, Email, NewUser};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, OnConflict, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QuerySelect,
};
use service_kit::database::{DatabaseError, stored_time};
use uuid::Uuid;

use super::audit_events;
use super::entities::{user, user_directory, user_import};
use super::store::Store;
use super::users::{EMAIL, directory_row, row_of};

/// Progress of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ImportProgress {
    /// Offset of the next line in bytes.
    pub bytes: u64,
    /// Lines before it.
    pub lines: u64,
    /// Lines of which an account was made.
    pub imported: u64,
    /// Lines that were refused.
    pub rejected: u64,
}

/// An account of another system.
#[derive(Debug, Clone)]
pub struct ImportedUser {
    /// The account.
    pub user: NewUser,
    /// `true` when its address is proved; otherwise it is a claim.
    pub is_proved: bool,
}

/// A batch of accounts.
#[derive(Debug)]
pub struct ImportBatch<'a> {
    /// Fingerprint of the file.
    pub file: &'a str,
    /// Progress before the batch.
    pub from: ImportProgress,
    /// The accounts, each with an e-mail.
    pub users: &'a [ImportedUser],
    /// Number of refused lines between the accounts.
    pub rejected: u64,
    /// Offset and number of lines after the batch.
    pub to: (u64, u64),
    /// The act of the operator, with the first batch of a run.
    pub act: Option<&'a AuditContext>,
    /// Current time.
    pub at: DateTime<Utc>,
}

/// A written batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedBatch {
    /// Progress after the batch.
    pub progress: ImportProgress,
    /// Indices of the accounts that were refused, because their address belongs to another one.
    pub taken: Vec<usize>,
}

/// Reasons why a batch was not written; nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Another process imports the same file.
    #[error("another process imports this file")]
    Concurrent,
    /// SQL failed.
    #[error("the accounts could not be written")]
    Storage(#[from] DatabaseError),
}

impl Store {
    /// Progress of the import of a file; the beginning for an unknown one.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn find_import(&self, file: &str) -> Result<ImportProgress, DatabaseError> {
        let row = user_import::Entity::find_by_id(file.to_owned()).one(&self.db).await?;
        Ok(row.map(progress_from).unwrap_or_default())
    }

    /// Writes a batch and its progress atomically. An address that another account has stays with that one.
    ///
    /// # Errors
    /// [`ImportError`].
    pub async fn import_users(&self, batch: &ImportBatch<'_>) -> Result<ImportedBatch, ImportError> {
        self.write(async |tx| {
            if !lock_progress(tx, batch).await? {
                return Ok(Err(ImportError::Concurrent));
            }
            let taken = insert_all(tx, batch.users, batch.at).await?;
            let imported = (batch.users.len() - taken.len()) as u64;
            let (bytes, lines) = batch.to;
            let progress = ImportProgress {
                bytes,
                lines,
                imported: batch.from.imported + imported,
                rejected: batch.from.rejected + batch.rejected + taken.len() as u64,
            };
            write_progress(tx, batch, progress).await?;
            if let Some(context) = batch.act {
                let (action, outcome) = (AuditAction::ImportUsers, AuditOutcome::Done);
                let event = AuditEvent { context, action, user_id: None, subject: batch.file, outcome };
                audit_events::insert(tx, &event).await?;
            }
            Ok(Ok(ImportedBatch { progress, taken }))
        })
        .await?
    }
}

/// `true` when the progress is that from which the batch was read. Locks it until the end of the transaction.
async fn lock_progress(tx: &DatabaseTransaction, batch: &ImportBatch<'_>) -> Result<bool, DbErr> {
    let first = user_import::ActiveModel {
        file: Set(batch.file.to_owned()),
        bytes: Set(0),
        lines: Set(0),
        imported: Set(0),
        rejected: Set(0),
        updated_at: Set(stored_time(batch.at)),
    };
    let known = OnConflict::column(user_import::Column::File).do_nothing().to_owned();
    user_import::Entity::insert(first).on_conflict(known).exec_without_returning(tx).await?;
    let row = user_import::Entity::find_by_id(batch.file.to_owned()).lock_exclusive().one(tx).await?;
    Ok(row.map(progress_from) == Some(batch.from))
}

async fn write_progress(
    tx: &DatabaseTransaction,
    batch: &ImportBatch<'_>,
    progress: ImportProgress,
) -> Result<(), DbErr> {
    let number = |value: u64| Expr::value(i64::try_from(value).unwrap_or(i64::MAX));
    let update = user_import::Entity::update_many()
        .col_expr(user_import::Column::Bytes, number(progress.bytes))
        .col_expr(user_import::Column::Lines, number(progress.lines))
        .col_expr(user_import::Column::Imported, number(progress.imported))
        .col_expr(user_import::Column::Rejected, number(progress.rejected))
        .col_expr(user_import::Column::UpdatedAt, Expr::value(stored_time(batch.at)))
        .filter(user_import::Column::File.eq(batch.file));
    update.exec(tx).await.map(drop)
}

fn progress_from(row: user_import::Model) -> ImportProgress {
    let number = |value: i64| u64::try_from(value).unwrap_or_default();
    ImportProgress {
        bytes: number(row.bytes),
        lines: number(row.lines),
        imported: number(row.imported),
        rejected: number(row.rejected),
    }
}

/// Inserts the accounts whose address is free, a statement a table. Returns the indices of the others. Of two with one
/// address the first is inserted.
async fn insert_all(tx: &DatabaseTransaction, users: &[ImportedUser], at: DateTime<Utc>) -> Result<Vec<usize>, DbErr> {
    let mut insert = Query::insert();
    insert.into_table("user_logins").columns(["kind", "login", "user_id", "cell", "proved_at"]);
    let mut seen = HashSet::new();
    for ImportedUser { user, is_proved } in users {
        if let Some(email) = user.email.as_ref().map(Email::as_str).filter(|email| seen.insert(*email)) {
            let proved_at = is_proved.then_some(stored_time(at));
            let (id, cell) = (user.key.id.0, user.key.cell.number());
            insert.values_panic([EMAIL.into(), email.into(), id.into(), cell.into(), proved_at.into()]);
        }
    }
    insert.on_conflict(OnConflict::columns(["kind", "login"]).do_nothing().to_owned()).returning_col("user_id");
    let rows = if seen.is_empty() { Vec::new() } else { tx.query_all(&insert).await? };
    let inserted: HashSet<Uuid> = rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?;
    let is_new = |user: &NewUser| inserted.contains(&user.key.id.0);
    let new: Vec<&NewUser> = users.iter().map(|imported| &imported.user).filter(|user| is_new(user)).collect();
    if !new.is_empty() {
        let directory = new.iter().map(|user| directory_row(user.key));
        user_directory::Entity::insert_many(directory).exec_without_returning(tx).await?;
        user::Entity::insert_many(new.iter().map(|user| row_of(user))).exec_without_returning(tx).await?;
    }
    Ok((0..users.len()).filter(|index| !is_new(&users[*index].user)).collect())
}

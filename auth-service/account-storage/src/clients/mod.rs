//! OAuth clients that administrators define: listed, created, changed and deleted, each with its audit event in the same
//! transaction. A rejected change writes nothing but its event.

mod changes;
mod rows;

use accounts::{AuditAction, AuditContext, AuditEvent, AuditOutcome};
use chrono::{DateTime, Utc};
use oauth_clients::{Client, ClientDefinition, InvalidClient, MAX_CLIENTS};
use sea_orm::{DatabaseTransaction, DbErr};
use service_kit::database::DatabaseError;
use service_kit::secret_hash::SecretHash;

use super::audit_events;
use super::operators::Rejection;
use super::store::Store;

/// A stored client.
#[derive(Debug, Clone)]
pub struct ClientRecord {
    /// The client. Its secrets are those that are valid.
    pub client: Client,
    /// Time of creation.
    pub created_at: DateTime<Utc>,
    /// Time of the last change, of its secrets too.
    pub updated_at: DateTime<Utc>,
}

/// Another secret of a confidential client.
#[derive(Debug, Clone, Copy)]
pub struct SecretRotation<'a> {
    /// The client.
    pub id: &'a str,
    /// The new secret.
    pub hash: &'a SecretHash,
    /// End of the one that it replaces.
    pub old_until: DateTime<Utc>,
}

/// Change of a client; absent fields keep their values.
pub type ClientChange<'a> = dyn Fn(ClientDefinition) -> Result<ClientDefinition, InvalidClient> + Sync + 'a;

/// Reasons why a client was not created, changed or deleted; nothing but the audit event was written.
#[derive(Debug, thiserror::Error)]
pub enum ChangeClientError {
    /// There is no such client.
    #[error("there is no such client")]
    NoSuchClient,
    /// There is a client with this id.
    #[error("there is a client with this id")]
    Taken,
    /// There are [`MAX_CLIENTS`] clients.
    #[error("there are {MAX_CLIENTS} clients")]
    TooMany,
    /// The change is not possible for this client.
    #[error(transparent)]
    Invalid(#[from] InvalidClient),
    /// SQL failed.
    #[error("the client could not be written")]
    Storage(#[from] DatabaseError),
}

impl Rejection for ChangeClientError {
    fn outcome(&self) -> Option<AuditOutcome> {
        match self {
            Self::NoSuchClient => Some(AuditOutcome::ClientNotFound),
            Self::Taken => Some(AuditOutcome::ClientTaken),
            Self::TooMany => Some(AuditOutcome::TooManyClients),
            Self::Invalid(_) => Some(AuditOutcome::ClientInvalid),
            Self::Storage(_) => None,
        }
    }
}

impl Store {
    /// Revision of the clients.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn find_client_revision(&self) -> Result<i64, DatabaseError> {
        Ok(rows::revision(&self.db).await?)
    }

    /// Clients with an id after `after`, at most `limit`, in the order of the database.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn list_clients(
        &self,
        after: Option<&str>,
        limit: u64,
        now: DateTime<Utc>,
    ) -> Result<Vec<ClientRecord>, DatabaseError> {
        Ok(rows::list(&self.db, after, limit, now).await?)
    }

    /// The revision, and all clients of that revision or a later one.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn load_clients(&self, now: DateTime<Utc>) -> Result<(i64, Vec<Client>), DatabaseError> {
        let revision = rows::revision(&self.db).await?;
        let records = rows::list(&self.db, None, MAX_CLIENTS as u64, now).await?;
        Ok((revision, records.into_iter().map(|record| record.client).collect()))
    }

    /// Creates a client and returns it.
    ///
    /// # Errors
    /// [`ChangeClientError`].
    pub async fn create_client(
        &self,
        client: &Client,
        context: &AuditContext,
    ) -> Result<ClientRecord, ChangeClientError> {
        self.write(async |tx| {
            let result = changes::create(tx, client, context.at).await?;
            recorded(tx, (context, AuditAction::CreateClient), &client.id, result).await
        })
        .await?
    }

    /// Changes a client and returns it.
    ///
    /// # Errors
    /// [`ChangeClientError`].
    pub async fn update_client(
        &self,
        id: &str,
        change: &ClientChange<'_>,
        context: &AuditContext,
    ) -> Result<ClientRecord, ChangeClientError> {
        self.write(async |tx| {
            let result = changes::update(tx, id, change, context.at).await?;
            recorded(tx, (context, AuditAction::UpdateClient), id, result).await
        })
        .await?
    }

    /// Adds a secret to a confidential client and returns the client. The secret that it replaces stays valid for a time;
    /// those before it end.
    ///
    /// # Errors
    /// [`ChangeClientError`].
    pub async fn rotate_client_secret(
        &self,
        rotation: SecretRotation<'_>,
        context: &AuditContext,
    ) -> Result<ClientRecord, ChangeClientError> {
        self.write(async |tx| {
            let result = changes::rotate_secret(tx, rotation, context.at).await?;
            recorded(tx, (context, AuditAction::RotateClientSecret), rotation.id, result).await
        })
        .await?
    }

    /// Deletes a client and ends its sessions.
    ///
    /// # Errors
    /// [`ChangeClientError`].
    pub async fn delete_client(&self, id: &str, context: &AuditContext) -> Result<(), ChangeClientError> {
        let batch = self.for_batch(); // a client may have very many sessions
        batch
            .write(async |tx| {
                let result = changes::delete(tx, id, context.at).await?;
                recorded(tx, (context, AuditAction::DeleteClient), id, result).await
            })
            .await?
    }
}

/// Records the outcome of an act in its transaction.
async fn recorded<T>(
    tx: &DatabaseTransaction,
    (context, action): (&AuditContext, AuditAction),
    subject: &str,
    result: Result<T, ChangeClientError>,
) -> Result<Result<T, ChangeClientError>, DbErr> {
    let outcome = match &result {
        Ok(_) => Some(AuditOutcome::Done),
        Err(error) => error.outcome(),
    };
    if let Some(outcome) = outcome {
        audit_events::insert(tx, &AuditEvent { context, action, user_id: None, subject, outcome }).await?;
    }
    Ok(result)
}

//! OAuth clients: found and authenticated in memory, defined by administrators.

use std::sync::Arc;

use account_storage::{ChangeClientError, ClientRecord, SecretRotation, Store};
use accounts::AuditContext;
use arc_swap::ArcSwap;
use chrono::{DateTime, TimeDelta, Utc};
use contracts::Secret;
use oauth_clients::{
    Client, ClientDefinition, ClientError, ClientKind, ClientNames, ClientTable, Grant, InvalidClient, NewSecret,
    NoRandom, PresentedClient, Resources, check_id,
};
use service_kit::Clock;
use service_kit::database::DatabaseError;

use super::administrators::actor;

/// All clients, as last read.
pub type SharedClientTable = Arc<ArcSwap<ClientTable>>;

/// Clients of the installation.
pub struct OauthClients {
    /// SQL.
    pub(super) store: Store,
    /// All clients.
    pub(super) table: SharedClientTable,
    /// Resources of their tokens.
    pub(super) resources: Arc<Resources>,
    /// Current time.
    pub(super) clock: Arc<dyn Clock>,
}

/// Changes of a client by an administrator; absent fields keep their values.
#[derive(Debug, Clone, Default)]
pub struct ClientUpdate {
    /// All its grants.
    pub grants: Option<Vec<Grant>>,
    /// All its origins.
    pub origins: Option<Vec<String>>,
    /// All its redirect URIs.
    pub redirect_uris: Option<Vec<String>>,
    /// All its resources.
    pub resources: Option<Vec<String>>,
    /// `true` for an app of the operator.
    pub first_party: Option<bool>,
    /// Its names.
    pub names: Option<ClientNames>,
}

impl ClientUpdate {
    fn applied_to(self, current: ClientDefinition) -> ClientDefinition {
        ClientDefinition {
            kind: current.kind,
            grants: self.grants.unwrap_or(current.grants),
            origins: self.origins.unwrap_or(current.origins),
            redirect_uris: self.redirect_uris.unwrap_or(current.redirect_uris),
            resources: self.resources.unwrap_or(current.resources),
            first_party: self.first_party.unwrap_or(current.first_party),
            names: self.names.unwrap_or(current.names),
        }
    }
}

/// Reasons why an administrator's change of a client was rejected.
#[derive(Debug, thiserror::Error)]
pub enum ManageClientError {
    /// The client is built in, or defined by the operator's file.
    #[error("the client is defined by a file")]
    OfFile,
    /// No secret could be made.
    #[error(transparent)]
    NoRandom(#[from] NoRandom),
    /// Storage rejected it.
    #[error(transparent)]
    Change(#[from] ChangeClientError),
}

impl From<InvalidClient> for ManageClientError {
    fn from(error: InvalidClient) -> Self {
        Self::Change(error.into())
    }
}

impl OauthClients {
    /// The client of a request. Needs no SQL.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn authenticate(&self, presented: PresentedClient<'_>) -> Result<Client, ClientError> {
        self.table.load().authenticate(presented, self.clock.now()).cloned()
    }

    /// `true` when this client exists now and may use the grant. Needs no SQL.
    pub fn may_use(&self, id: &str, grant: Grant) -> bool {
        self.table.load().find(id).is_some_and(|client| client.may_use(grant))
    }

    /// Resources of tokens.
    pub fn resources(&self) -> &Resources {
        &self.resources
    }

    /// The client with this id. Needs no SQL.
    pub fn find(&self, id: &str) -> Option<Client> {
        self.table.load().find(id).cloned()
    }

    /// All clients, as last read.
    pub fn table(&self) -> &SharedClientTable {
        &self.table
    }

    /// Creates a client. Of a confidential one the secret is returned, which cannot be read again.
    ///
    /// # Errors
    /// [`ManageClientError`].
    pub async fn create(
        &self,
        id: &str,
        definition: ClientDefinition,
        context: &AuditContext,
    ) -> Result<(ClientRecord, Option<Secret>), ManageClientError> {
        let definition = definition.checked()?;
        self.resources.check(&definition.resources).map_err(InvalidClient::from)?;
        check_id(id).map_err(|error| InvalidClient { field: "client_id", ..error })?;
        self.check_definable(id)?;
        let secret = match definition.kind {
            ClientKind::Public => None,
            ClientKind::Confidential => Some(NewSecret::generate()?),
        };
        let secrets = secret.iter().map(NewSecret::at_rest).collect();
        let client = Client { id: id.to_owned(), definition, secrets };
        let record = self.store.create_client(&client, context).await?;
        tracing::info!(audit = true, admin.id = actor(context), client.id = id, "OAuth client created");
        self.read_changes().await;
        Ok((record, secret.map(|secret| secret.text)))
    }

    /// Changes a client: here at once, on other replicas within about a second.
    ///
    /// # Errors
    /// [`ManageClientError`].
    pub async fn update(
        &self,
        id: &str,
        update: ClientUpdate,
        context: &AuditContext,
    ) -> Result<ClientRecord, ManageClientError> {
        self.check_definable(id)?;
        let change = |current: ClientDefinition| {
            let definition = update.clone().applied_to(current).checked()?;
            self.resources.check(&definition.resources)?;
            Ok(definition)
        };
        let record = self.store.update_client(id, &change, context).await?;
        tracing::info!(audit = true, admin.id = actor(context), client.id = id, "OAuth client changed");
        self.read_changes().await;
        Ok(record)
    }

    /// Gives a confidential client another secret, which is returned. The one that it replaces is valid for `old_valid_for`.
    ///
    /// # Errors
    /// [`ManageClientError`].
    pub async fn rotate_secret(
        &self,
        id: &str,
        old_valid_for: TimeDelta,
        context: &AuditContext,
    ) -> Result<(ClientRecord, Secret), ManageClientError> {
        self.check_definable(id)?;
        let secret = NewSecret::generate()?;
        let rotation = SecretRotation { id, hash: &secret.hash, old_until: context.at + old_valid_for };
        let record = self.store.rotate_client_secret(rotation, context).await?;
        tracing::info!(audit = true, admin.id = actor(context), client.id = id, "OAuth client has a new secret");
        self.read_changes().await;
        Ok((record, secret.text))
    }

    /// Deletes a client. Its sessions end, their access tokens within about a second.
    ///
    /// # Errors
    /// [`ManageClientError`].
    pub async fn delete(&self, id: &str, context: &AuditContext) -> Result<(), ManageClientError> {
        self.check_definable(id)?;
        self.store.delete_client(id, context).await?;
        tracing::info!(audit = true, admin.id = actor(context), client.id = id, "OAuth client deleted");
        self.read_changes().await;
        Ok(())
    }

    /// Checks that administrators may change the client with this id. A text that is no id never reaches SQL.
    fn check_definable(&self, id: &str) -> Result<(), ManageClientError> {
        if self.table.load().is_fixed(id) {
            return Err(ManageClientError::OfFile);
        }
        check_id(id).map_err(|_| ChangeClientError::NoSuchClient.into())
    }

    /// Reads what was just written. When it fails, the next poll does the same.
    async fn read_changes(&self) {
        if let Err(error) = read_changed_clients(&self.store, &self.table, self.clock.now()).await {
            tracing::debug!(%error, "changed OAuth clients cannot be read yet");
        }
    }
}

/// Reads the clients, if they have changed since they were last read.
pub(super) async fn read_changed_clients(
    store: &Store,
    table: &SharedClientTable,
    now: DateTime<Utc>,
) -> Result<(), DatabaseError> {
    let known = table.load();
    if known.revision() == Some(store.find_client_revision().await?) {
        return Ok(());
    }
    let (revision, stored) = store.load_clients(now).await?;
    let read = known.with_stored(revision, stored);
    if let Some(id) = read.duplicate() {
        tracing::error!(client.id = id, "an OAuth client is in the file and in the database; that of the file counts");
    }
    table.store(Arc::new(read));
    Ok(())
}

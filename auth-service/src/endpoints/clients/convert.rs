//! Conversions of clients between the contract and the domain.

use account_storage::ClientRecord;
use contracts::auth::clients;
use oauth_clients::{ClientKind, ClientNames, Grant};

/// A client, as administrators see it.
pub(super) fn to_wire(record: ClientRecord) -> clients::Client {
    let ClientRecord { client, created_at, updated_at } = record;
    let secret = |secret: oauth_clients::ClientSecret| clients::ClientSecretInfo { until: secret.until };
    clients::Client {
        client_id: client.id,
        kind: match client.definition.kind {
            ClientKind::Public => clients::ClientKind::Public,
            ClientKind::Confidential => clients::ClientKind::Confidential,
        },
        grants: client.definition.grants.into_iter().map(wire_grant).collect(),
        origins: client.definition.origins,
        redirect_uris: client.definition.redirect_uris,
        resources: client.definition.resources,
        first_party: client.definition.first_party,
        names: clients::ClientNames { en: client.definition.names.en, ru: client.definition.names.ru },
        secrets: client.secrets.into_iter().map(secret).collect(),
        created_at,
        updated_at,
    }
}

/// Kind of a client.
pub(super) fn kind(kind: clients::ClientKind) -> ClientKind {
    match kind {
        clients::ClientKind::Public => ClientKind::Public,
        clients::ClientKind::Confidential => ClientKind::Confidential,
    }
}

/// Names of a body.
pub(super) fn names(names: clients::ClientNames) -> ClientNames {
    ClientNames { en: names.en, ru: names.ru }
}

/// Grants of a body.
pub(super) fn grants(grants: Vec<clients::ClientGrant>) -> Vec<Grant> {
    let grant = |grant| match grant {
        clients::ClientGrant::RefreshToken => Grant::RefreshToken,
        clients::ClientGrant::ClientCredentials => Grant::ClientCredentials,
        clients::ClientGrant::DeviceCode => Grant::DeviceCode,
        clients::ClientGrant::AuthorizationCode => Grant::AuthorizationCode,
    };
    grants.into_iter().map(grant).collect()
}

fn wire_grant(grant: Grant) -> clients::ClientGrant {
    match grant {
        Grant::RefreshToken => clients::ClientGrant::RefreshToken,
        Grant::ClientCredentials => clients::ClientGrant::ClientCredentials,
        Grant::DeviceCode => clients::ClientGrant::DeviceCode,
        Grant::AuthorizationCode => clients::ClientGrant::AuthorizationCode,
    }
}

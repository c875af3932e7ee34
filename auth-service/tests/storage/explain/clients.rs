//! Statements of OAuth clients.

use account_storage::{SecretRotation, Store};
use contracts::ids::UserId;
use oauth_clients::{Client, ClientDefinition, ClientKind, Grant, NewSecret};

use crate::operators::by;
use crate::plan_watch::PlanWatch;
use crate::support::now;

pub async fn clients(traced: &Store, id: UserId, watch: &mut PlanWatch) {
    let secret = NewSecret::generate().unwrap();
    let grants = vec![Grant::ClientCredentials];
    let definition = ClientDefinition { grants, ..ClientDefinition::new(ClientKind::Confidential) };
    let client = Client { id: "reports".to_owned(), definition, secrets: vec![secret.at_rest()] };
    watch.of("create_client", traced.create_client(&client, &by(id))).await;
    watch.of("update_client", traced.update_client("reports", &Ok, &by(id))).await;
    let other = NewSecret::generate().unwrap();
    let rotation = SecretRotation { id: "reports", hash: &other.hash, old_until: now() };
    watch.of("rotate_client_secret", traced.rotate_client_secret(rotation, &by(id))).await;
    assert_eq!(watch.of("list_clients", traced.list_clients(None, 10, now())).await.len(), 1);
    let revision = watch.of("find_client_revision", traced.find_client_revision()).await;
    assert_eq!(watch.of("load_clients", traced.load_clients(now())).await.0, revision);
    watch.of("delete_client", traced.delete_client("reports", &by(id))).await;
}

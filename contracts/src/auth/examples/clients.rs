//! OAuth clients.

use crate::auth::clients::{
    Client, ClientGrant, ClientKind, ClientNames, ClientPath, ClientResponse, ClientSecretInfo, ClientSecretResponse,
    CreateClient, CreateClientRequest, DeleteClient, ListClients, ListClientsQuery, ListClientsResponse,
    RotateClientSecret, RotateClientSecretRequest, UpdateClient, UpdateClientRequest,
};
use crate::examples::{Example, Examples, world};
use crate::{NoContent, PageSize, Secret};

const REPORTS: &str = "reports";
const WEB: &str = "web";

fn reports() -> Client {
    Client {
        client_id: REPORTS.to_owned(),
        kind: ClientKind::Confidential,
        grants: vec![ClientGrant::ClientCredentials],
        origins: Vec::new(),
        redirect_uris: Vec::new(),
        resources: Vec::new(),
        first_party: false,
        names: ClientNames::default(),
        secrets: vec![ClientSecretInfo { until: None }],
        created_at: world::at("2026-11-30T12:00:00Z"),
        updated_at: world::at("2026-11-30T12:00:00Z"),
    }
}

fn web() -> Client {
    Client {
        client_id: WEB.to_owned(),
        kind: ClientKind::Public,
        grants: vec![ClientGrant::RefreshToken, ClientGrant::AuthorizationCode],
        origins: vec!["https://films.example.org".to_owned()],
        redirect_uris: vec!["https://films.example.org/signed-in".to_owned()],
        first_party: true,
        names: ClientNames { en: "Films on the web".to_owned(), ru: "Фильмы в браузере".to_owned() },
        secrets: Vec::new(),
        ..reports()
    }
}

fn path(id: &str) -> ClientPath {
    ClientPath { client_id: id.to_owned() }
}

fn secret() -> Option<Secret> {
    Some(world::secret("client_secret"))
}

impl Examples for ListClients {
    fn example() -> Example<Self> {
        let output = ListClientsResponse { items: vec![reports(), web()], next_cursor: None };
        Example::new("two_clients", "The last page of the clients", output)
            .query(ListClientsQuery { page_size: PageSize(20), cursor: None })
    }
}

impl Examples for CreateClient {
    fn example() -> Example<Self> {
        let output = ClientSecretResponse { client: reports(), client_secret: secret() };
        Example::new("reports", "A program that asks for tokens for itself", output).body(CreateClientRequest {
            client_id: REPORTS.to_owned(),
            kind: ClientKind::Confidential,
            grants: reports().grants,
            origins: Vec::new(),
            redirect_uris: Vec::new(),
            resources: Vec::new(),
            first_party: false,
            names: ClientNames { en: "Monthly reports".to_owned(), ru: String::new() },
        })
    }
}

impl Examples for UpdateClient {
    fn example() -> Example<Self> {
        Example::new("another_origin", "The scripts of another origin", ClientResponse { client: web() })
            .path(path(WEB))
            .body(UpdateClientRequest { origins: Some(web().origins), ..UpdateClientRequest::default() })
    }
}

impl Examples for DeleteClient {
    fn example() -> Example<Self> {
        Example::new("reports", "The client is deleted", NoContent {}).path(path(REPORTS))
    }
}

impl Examples for RotateClientSecret {
    fn example() -> Example<Self> {
        let until = Some(world::at("2026-12-01T12:00:00Z"));
        let secrets = vec![ClientSecretInfo { until: None }, ClientSecretInfo { until }];
        let client = Client { secrets, ..reports() };
        Example::new(
            "a_day",
            "The old secret stays valid for a day",
            ClientSecretResponse { client, client_secret: secret() },
        )
        .path(path(REPORTS))
        .body(RotateClientSecretRequest { old_valid_for: 86_400 })
    }
}

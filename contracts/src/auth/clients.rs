//! OAuth clients: programs that get tokens at `/oauth2/token`.

use std::time::Duration;

use chrono::{DateTime, Utc};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::permissions::CLIENTS_MANAGE;
use crate::codes;
use crate::endpoint::{Auth, BodyFormat, CrossOrigin, Endpoint, Method, NoContent, Nothing};
use crate::paging::{Cursor, PageSize};
use crate::problem::Code;
use crate::secret::Secret;

/// Kind of a client (RFC 6749 section 2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClientKind {
    /// An app that can keep no secret.
    Public,
    /// A program on a server, with a secret.
    Confidential,
}

/// A grant (RFC 6749 section 1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClientGrant {
    /// The next pair of a session.
    RefreshToken,
    /// A token for the client itself; of confidential clients only.
    ClientCredentials,
    /// A session of a device after the approval of its code (RFC 8628).
    DeviceCode,
    /// A session of an app, after a sign-in in a browser (RFC 6749 section 4.1); of first-party clients only.
    AuthorizationCode,
}

/// Names of a client for people; a language without one shows the other.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ClientNames {
    /// English.
    #[garde(length(chars, max = 64), pattern(r"^[^\x00-\x1f\x7f-\x9f]*$"))]
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub en: String,
    /// Russian.
    #[garde(length(chars, max = 64), pattern(r"^[^\x00-\x1f\x7f-\x9f]*$"))]
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub ru: String,
}

/// A client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Client {
    /// Its `client_id`.
    pub client_id: String,
    /// Its kind.
    pub kind: ClientKind,
    /// Grants that it may use.
    pub grants: Vec<ClientGrant>,
    /// Origins of scripts that may call this service (CORS).
    pub origins: Vec<String>,
    /// Where browsers are sent with an authorization code.
    pub redirect_uris: Vec<String>,
    /// Resources that its tokens may be for (RFC 8707); empty for those of our own apps.
    pub resources: Vec<String>,
    /// `true` for an app of the operator, which needs no consent of its users.
    pub first_party: bool,
    /// Its names for people.
    pub names: ClientNames,
    /// Its valid secrets: none of a public client, two while one replaces the other.
    pub secrets: Vec<ClientSecretInfo>,
    /// Time of creation.
    pub created_at: DateTime<Utc>,
    /// Time of the last change, of its secrets too.
    pub updated_at: DateTime<Utc>,
}

/// A secret, without its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClientSecretInfo {
    /// Its end; absent for the current one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
}

/// A client, in the path.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ClientPath {
    /// Its `client_id`.
    pub client_id: String,
}

/// `GET /api/v1/clients`
pub struct ListClients;

impl Endpoint for ListClients {
    const ID: &'static str = "list_clients";
    const SUMMARY: &'static str = "Lists the OAuth clients that administrators have defined.";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/api/v1/clients";
    const AUTH: Auth = Auth::Permission(CLIENTS_MANAGE);
    const CROSS_ORIGIN: CrossOrigin = CrossOrigin::Denied;
    const ERRORS: &'static [&'static Code] = &[codes::INVALID_SIGN_INS_CURSOR];
    type Path = Nothing;
    type Query = ListClientsQuery;
    type Body = Nothing;
    type Output = ListClientsResponse;
}

/// A page of the list.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ListClientsQuery {
    /// Items on one page.
    #[garde(dive)]
    #[serde(default)]
    pub page_size: PageSize,
    /// `next_cursor` of the last page.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor>,
}

/// A page of clients.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ListClientsResponse {
    /// The clients, without the built-in one and those of the operator's file.
    pub items: Vec<Client>,
    /// Start of the next page; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<Cursor>,
}

/// `POST /api/v1/clients`
pub struct CreateClient;

impl Endpoint for CreateClient {
    const ID: &'static str = "create_client";
    const SUMMARY: &'static str = "Creates an OAuth client; the secret of a confidential one is shown this once.";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/clients";
    const SUCCESS: u16 = 201;
    const LOCATION: bool = true;
    const BODY: BodyFormat = BodyFormat::Json;
    const AUTH: Auth = Auth::Permission(CLIENTS_MANAGE);
    const CROSS_ORIGIN: CrossOrigin = CrossOrigin::Denied;
    const ERRORS: &'static [&'static Code] = &[codes::CLIENT_TAKEN, codes::CLIENT_OF_FILE, codes::TOO_MANY_CLIENTS];
    type Path = Nothing;
    type Query = Nothing;
    type Body = CreateClientRequest;
    type Output = ClientSecretResponse;
}

/// A new client.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateClientRequest {
    /// Its `client_id`: letters `a` to `z`, digits, `.`, `_` and `-`.
    #[garde(length(chars, min = 1, max = 64), pattern("^[a-z0-9._-]+$"))]
    pub client_id: String,
    /// Its kind.
    #[garde(skip)]
    pub kind: ClientKind,
    /// Grants that it may use. Repeated ones count once.
    #[garde(length(min = 1, max = 10))]
    pub grants: Vec<ClientGrant>,
    /// Origins of scripts that may call this service (CORS), as browsers write them; of public clients only.
    #[garde(length(max = 20), inner(length(chars, max = 300), pattern(r"^(null|[a-z][a-z0-9+.-]*://[^/ ,?#@*]+)$")))]
    #[serde(default)]
    pub origins: Vec<String>,
    /// Where browsers are sent with an authorization code: `https`, the scheme of an app (a domain name in reverse), or
    /// `http` on `127.0.0.1`, `[::1]` or `localhost`, there at any port (RFC 8252 section 7).
    #[garde(length(max = 20), inner(length(chars, min = 1, max = 500)))]
    #[serde(default)]
    pub redirect_uris: Vec<String>,
    /// Resources that its tokens may be for, as in the operator's file; empty for those of our own apps.
    #[garde(length(max = 20), inner(length(chars, min = 1, max = 300)))]
    #[serde(default)]
    pub resources: Vec<String>,
    /// `true` for an app of the operator, which needs no consent of its users.
    #[garde(skip)]
    #[serde(default)]
    pub first_party: bool,
    /// Its names for people.
    #[garde(dive)]
    #[serde(default)]
    pub names: ClientNames,
}

/// A client, with its new secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClientSecretResponse {
    /// The client.
    pub client: Client,
    /// The new secret of a confidential client. It is stored as a hash, and cannot be shown again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<Secret>,
}

/// One client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClientResponse {
    /// The client.
    pub client: Client,
}

/// `PATCH /api/v1/clients/{client_id}`
pub struct UpdateClient;

impl Endpoint for UpdateClient {
    const ID: &'static str = "update_client";
    const SUMMARY: &'static str = "Changes an OAuth client; it takes effect within a second.";
    const METHOD: Method = Method::Patch;
    const PATH: &'static str = "/api/v1/clients/{client_id}";
    const BODY: BodyFormat = BodyFormat::Json;
    const AUTH: Auth = Auth::Permission(CLIENTS_MANAGE);
    const CROSS_ORIGIN: CrossOrigin = CrossOrigin::Denied;
    const ERRORS: &'static [&'static Code] = &[codes::CLIENT_NOT_FOUND, codes::CLIENT_OF_FILE];
    type Path = ClientPath;
    type Query = Nothing;
    type Body = UpdateClientRequest;
    type Output = ClientResponse;
}

/// Changes of a client; absent fields keep their values.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct UpdateClientRequest {
    /// All grants that it may use from now on.
    #[garde(inner(length(min = 1, max = 10)))]
    #[schemars(length(min = 1, max = 10))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grants: Option<Vec<ClientGrant>>,
    /// All origins from now on.
    #[garde(inner(
        length(max = 20),
        inner(length(chars, max = 300), pattern(r"^(null|[a-z][a-z0-9+.-]*://[^/ ,?#@*]+)$"))
    ))]
    #[schemars(
        length(max = 20),
        inner(length(max = 300), regex(pattern = r"^(null|[a-z][a-z0-9+.-]*://[^/ ,?#@*]+)$"))
    )]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origins: Option<Vec<String>>,
    /// All redirect URIs from now on.
    #[garde(inner(length(max = 20), inner(length(chars, min = 1, max = 500))))]
    #[schemars(length(max = 20), inner(length(min = 1, max = 500)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect_uris: Option<Vec<String>>,
    /// All resources from now on.
    #[garde(inner(length(max = 20), inner(length(chars, min = 1, max = 300))))]
    #[schemars(length(max = 20), inner(length(min = 1, max = 300)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resources: Option<Vec<String>>,
    /// `true` for an app of the operator.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_party: Option<bool>,
    /// Its names from now on.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub names: Option<ClientNames>,
}

/// `DELETE /api/v1/clients/{client_id}`
pub struct DeleteClient;

impl Endpoint for DeleteClient {
    const ID: &'static str = "delete_client";
    const DEADLINE: Duration = Duration::from_secs(10); // of all its sessions
    const SUMMARY: &'static str = "Deletes an OAuth client, and ends its sessions.";
    const METHOD: Method = Method::Delete;
    const PATH: &'static str = "/api/v1/clients/{client_id}";
    const SUCCESS: u16 = 204;
    const AUTH: Auth = Auth::Permission(CLIENTS_MANAGE);
    const CROSS_ORIGIN: CrossOrigin = CrossOrigin::Denied;
    const ERRORS: &'static [&'static Code] = &[codes::CLIENT_NOT_FOUND, codes::CLIENT_OF_FILE];
    type Path = ClientPath;
    type Query = Nothing;
    type Body = Nothing;
    type Output = NoContent;
}

/// `POST /api/v1/clients/{client_id}/secrets`
pub struct RotateClientSecret;

impl Endpoint for RotateClientSecret {
    const ID: &'static str = "rotate_client_secret";
    const SUMMARY: &'static str = "Replaces the secret of a confidential OAuth client; the new one is shown this once.";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/clients/{client_id}/secrets";
    const BODY: BodyFormat = BodyFormat::Json;
    const AUTH: Auth = Auth::Permission(CLIENTS_MANAGE);
    const CROSS_ORIGIN: CrossOrigin = CrossOrigin::Denied;
    const ERRORS: &'static [&'static Code] = &[codes::CLIENT_NOT_FOUND, codes::CLIENT_OF_FILE];
    type Path = ClientPath;
    type Query = Nothing;
    type Body = RotateClientSecretRequest;
    type Output = ClientSecretResponse;
}

/// End of the secret that is replaced.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RotateClientSecretRequest {
    /// Seconds for which the current secret stays valid; 0 ends it at once.
    #[garde(range(max = 2_592_000))]
    pub old_valid_for: u32,
}

//! Rules of clients, whether a file or an administrator defines them.

use service_kit::server::AllowedOrigins;
use token_verifier::CLIENT_ID;

use crate::grant::Grant;
use crate::names::ClientNames;
use crate::redirect_uri::check_redirect_uri;
use crate::resources::{UnknownResource, check_resource};

/// Length of the longest id, in characters.
const MAX_ID: usize = 64;
/// Maximum number of origins of a client.
const MAX_ORIGINS: usize = 20;
/// Maximum number of redirect URIs of a client.
const MAX_REDIRECT_URIS: usize = 20;
/// Maximum number of resources of a client.
const MAX_RESOURCES: usize = 20;
/// Length of the longest origin, in characters: a host name has up to 253.
const MAX_ORIGIN: usize = 300;

/// Kind of a client (RFC 6749 §2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientKind {
    /// An app that can keep no secret.
    Public,
    /// A program on a server, with secrets.
    Confidential,
}

/// Properties of a client beside its id and its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientDefinition {
    /// Kind.
    pub kind: ClientKind,
    /// Grants that it may use, each once.
    pub grants: Vec<Grant>,
    /// Origins of its scripts in browsers.
    pub origins: Vec<String>,
    /// Where browsers are sent with an authorization code.
    pub redirect_uris: Vec<String>,
    /// Names of the resources that its tokens may be for; empty for those of our own apps.
    pub resources: Vec<String>,
    /// `true` for an app of the operator, which needs no consent of its users.
    pub first_party: bool,
    /// Its names for people.
    pub names: ClientNames,
}

/// Reason why a client cannot be defined.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct InvalidClient {
    /// Name of the field.
    pub field: &'static str,
    /// For the operator.
    pub reason: String,
}

impl From<UnknownResource> for InvalidClient {
    fn from(error: UnknownResource) -> Self {
        Self::new("resources", error.to_string())
    }
}

impl InvalidClient {
    pub(crate) fn new(field: &'static str, reason: impl Into<String>) -> Self {
        Self { field, reason: reason.into() }
    }
}

/// Checks the id of a new client.
///
/// # Errors
/// [`InvalidClient`].
pub fn check_id(id: &str) -> Result<(), InvalidClient> {
    let is_allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
    if id.is_empty() || id.len() > MAX_ID || !id.chars().all(is_allowed) {
        return Err(InvalidClient::new("id", format!("an id has 1 to {MAX_ID} of a-z 0-9 . _ -")));
    }
    if id == CLIENT_ID {
        return Err(InvalidClient::new("id", "this id is that of our own apps"));
    }
    Ok(())
}

impl ClientDefinition {
    /// A client of this kind that may do nothing.
    pub fn new(kind: ClientKind) -> Self {
        Self {
            kind,
            grants: Vec::new(),
            origins: Vec::new(),
            redirect_uris: Vec::new(),
            resources: Vec::new(),
            first_party: false,
            names: ClientNames::default(),
        }
    }

    /// The definition, if its parts fit together; each grant once.
    ///
    /// # Errors
    /// [`InvalidClient`] with the first field that is not valid.
    pub fn checked(mut self) -> Result<Self, InvalidClient> {
        self.grants.sort_unstable();
        self.grants.dedup();
        check_origins(&self.origins)?;
        self.check_redirects()?;
        bounded("resources", &self.resources, MAX_RESOURCES)?;
        self.resources
            .iter()
            .try_for_each(|name| check_resource(name))
            .map_err(|reason| InvalidClient::new("resources", reason))?;
        self.names.check().map_err(|reason| InvalidClient::new("names", reason))?;
        if self.grants.is_empty() {
            return Err(InvalidClient::new("grants", "a client without any gets no tokens"));
        }
        if self.kind == ClientKind::Public && self.grants.contains(&Grant::ClientCredentials) {
            let reason = "client_credentials is for confidential clients (RFC 6749 section 4.4)";
            return Err(InvalidClient::new("grants", reason));
        }
        if self.kind == ClientKind::Confidential && !self.origins.is_empty() {
            let reason = "scripts in browsers keep no secret; only a public client has origins (RFC 6749 section 2.1)";
            return Err(InvalidClient::new("origins", reason));
        }
        Ok(self)
    }

    fn check_redirects(&self) -> Result<(), InvalidClient> {
        bounded("redirect_uris", &self.redirect_uris, MAX_REDIRECT_URIS)?;
        self.redirect_uris
            .iter()
            .try_for_each(|uri| check_redirect_uri(uri))
            .map_err(|reason| InvalidClient::new("redirect_uris", reason))?;
        match (self.grants.contains(&Grant::AuthorizationCode), self.redirect_uris.is_empty()) {
            (true, true) => Err(InvalidClient::new("redirect_uris", "grant authorization_code needs one")),
            (false, false) => Err(InvalidClient::new("redirect_uris", "only grant authorization_code uses them")),
            (true, false) if !self.first_party => {
                let reason = "authorization_code is for first_party apps: users of others would have to be asked";
                Err(InvalidClient::new("grants", reason))
            }
            _ => Ok(()),
        }
    }
}

fn bounded(field: &'static str, list: &[String], max: usize) -> Result<(), InvalidClient> {
    if list.len() > max { Err(InvalidClient::new(field, format!("more than {max}"))) } else { Ok(()) }
}

fn check_origins(origins: &[String]) -> Result<(), InvalidClient> {
    let invalid = |reason: String| InvalidClient::new("origins", reason);
    bounded("origins", origins, MAX_ORIGINS)?;
    for origin in origins {
        let is_one = !origin.is_empty() && origin.len() <= MAX_ORIGIN && !origin.contains([',', ' ']);
        if !is_one {
            return Err(invalid(format!("an origin has 1 to {MAX_ORIGIN} characters, and no comma or space")));
        }
        AllowedOrigins::parse(origin).map_err(invalid)?;
    }
    Ok(())
}

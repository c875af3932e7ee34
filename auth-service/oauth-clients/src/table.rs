//! All clients of an installation.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use token_verifier::CLIENT_ID;

use crate::client::Client;

/// Names and secrets of a client in a request: in the header in two readings, in the form, or in both.
#[derive(Debug, Clone, Copy, Default)]
pub struct PresentedClient<'a> {
    /// Id and secret of HTTP Basic, as sent and form-decoded (RFC 6749 §2.3.1).
    pub header: Option<[(&'a str, &'a str); 2]>,
    /// `client_id` of the form.
    pub id: Option<&'a str>,
    /// `client_secret` of the form.
    pub secret: Option<&'a str>,
}

/// Reasons why a request has no client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// Header and form differ, or both have a secret (RFC 6749 §2.3).
    #[error("the client is named in two ways")]
    TwoWays,
    /// No such client, or another secret.
    #[error("the client is not known")]
    Unknown,
    /// No such client in the file, and those of administrators have not been read since the start.
    #[error("the clients have not been read yet")]
    NotRead,
}

/// Clients by id.
#[derive(Debug, Clone)]
pub struct ClientTable {
    file: Arc<[Client]>,
    /// Revision of the clients of administrators; `None` before they have been read.
    revision: Option<i64>,
    by_id: BTreeMap<String, Client>,
    /// An id of both.
    duplicate: Option<String>,
    origins: BTreeSet<String>,
}

impl ClientTable {
    /// The first-party client and those of the file, before the others have been read.
    pub fn new(file: Vec<Client>) -> Self {
        Self::of(file.into(), None, Vec::new())
    }

    /// The same with the clients that administrators have defined. Where the file has one with the same id, that one
    /// counts.
    #[must_use]
    pub fn with_stored(&self, revision: i64, stored: Vec<Client>) -> Self {
        Self::of(Arc::clone(&self.file), Some(revision), stored)
    }

    fn of(file: Arc<[Client]>, revision: Option<i64>, stored: Vec<Client>) -> Self {
        let is_in_file = |id: &str| file.iter().any(|client| client.id == id);
        let duplicate = stored.iter().map(|client| &client.id).find(|id| is_in_file(id)).cloned();
        let all = stored.into_iter().chain(file.iter().cloned()).chain([Client::first_party()]);
        let by_id: BTreeMap<_, _> = all.map(|client| (client.id.clone(), client)).collect();
        let origins = by_id.values().flat_map(|client| client.definition.origins.iter().cloned()).collect();
        Self { file, revision, by_id, duplicate, origins }
    }

    /// Revision of the clients of administrators; `None` before they have been read.
    pub fn revision(&self) -> Option<i64> {
        self.revision
    }

    /// Id of a client of an administrator that is also in the file.
    pub fn duplicate(&self) -> Option<&str> {
        self.duplicate.as_deref()
    }

    /// Origins of all clients.
    pub fn origins(&self) -> &BTreeSet<String> {
        &self.origins
    }

    /// `true` when the client is built in, or that of the file.
    pub fn is_fixed(&self, id: &str) -> bool {
        id == CLIENT_ID || self.file.iter().any(|client| client.id == id)
    }

    /// The client with this id.
    pub fn find(&self, id: &str) -> Option<&Client> {
        self.by_id.get(id)
    }

    /// The client of a request.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn authenticate(&self, presented: PresentedClient<'_>, now: DateTime<Utc>) -> Result<&Client, ClientError> {
        let PresentedClient { header, id, secret } = presented;
        let Some(readings) = header else { return self.check(id.unwrap_or_default(), secret.unwrap_or_default(), now) };
        let is_other = |id: &str| readings.iter().all(|(in_header, _)| *in_header != id);
        let has_secret = readings.iter().any(|(_, secret)| !secret.is_empty());
        if id.is_some_and(is_other) || has_secret && secret.is_some() {
            return Err(ClientError::TwoWays);
        }
        let [plain, decoded] = readings.map(|(id, in_header)| self.check(id, secret.unwrap_or(in_header), now));
        plain.or(decoded)
    }

    fn check(&self, id: &str, secret: &str, now: DateTime<Utc>) -> Result<&Client, ClientError> {
        match self.find(id) {
            Some(client) => Some(client).filter(|client| client.accepts(secret, now)).ok_or(ClientError::Unknown),
            None if self.revision.is_none() && !id.is_empty() => Err(ClientError::NotRead),
            None => Err(ClientError::Unknown),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::{ClientDefinition, ClientKind};
    use crate::grant::Grant;
    use crate::secret::ClientSecret;
    use service_kit::secret_hash::SecretHash;

    const NOW: &str = "2026-11-30T12:00:00Z";

    fn table() -> ClientTable {
        let secret = |text: &str, until: Option<&str>| ClientSecret {
            hash: SecretHash::of(text),
            until: until.map(|time| time.parse().unwrap()),
        };
        let secrets = vec![secret("new", None), secret("old", Some("2026-11-30T12:00:01Z")), secret("gone", Some(NOW))];
        ClientTable::new(Vec::new()).with_stored(1, vec![Client { secrets, ..client("reports", &[]) }])
    }

    fn client(id: &str, origins: &[&str]) -> Client {
        let origins = origins.iter().map(|origin| (*origin).to_owned()).collect();
        let base = ClientDefinition::new(ClientKind::Confidential);
        let definition = ClientDefinition { grants: vec![Grant::ClientCredentials], origins, ..base };
        Client { id: id.into(), definition, secrets: Vec::new() }
    }

    fn found(presented: PresentedClient<'_>) -> Result<String, ClientError> {
        table().authenticate(presented, NOW.parse().unwrap()).map(|client| client.id.clone())
    }

    #[test]
    fn a_client_is_known_by_each_of_its_live_secrets_and_no_other() {
        for (secret, is_known) in [("new", true), ("old", true), ("gone", false), ("", false), ("NEW", false)] {
            let known = if is_known { Ok("reports".to_owned()) } else { Err(ClientError::Unknown) };
            let in_form = PresentedClient { id: Some("reports"), secret: Some(secret), ..PresentedClient::default() };
            let in_header = PresentedClient { header: Some([("reports", secret); 2]), ..PresentedClient::default() };
            assert_eq!((found(in_form), found(in_header)), (known.clone(), known), "{secret:?}");
        }
        let alone = PresentedClient { id: Some("reports"), ..PresentedClient::default() };
        assert_eq!(found(alone), Err(ClientError::Unknown), "a confidential client without its secret");
    }

    #[test]
    fn either_reading_of_the_header_may_be_the_right_one() {
        for header in [[("reports", "new"), ("x", "y")], [("x", "y"), ("reports", "new")]] {
            let presented = PresentedClient { header: Some(header), id: Some("reports"), secret: None };
            assert_eq!(found(presented), Ok("reports".to_owned()));
        }
    }

    #[test]
    fn a_client_named_in_two_ways_is_rejected() {
        let header = Some([("reports", "new"); 2]);
        for (id, secret) in [(Some("marquee"), None), (None, Some("new")), (Some("reports"), Some("new"))] {
            assert_eq!(found(PresentedClient { header, id, secret }), Err(ClientError::TwoWays), "{id:?} {secret:?}");
        }
    }

    #[test]
    fn an_unknown_client_may_be_one_that_was_not_read_yet() {
        let file = ClientTable::new(vec![client("of-file", &[])]);
        let named = |id| PresentedClient { id: Some(id), secret: Some("x"), ..PresentedClient::default() };
        let at = NOW.parse().unwrap();
        assert_eq!(file.authenticate(named("reports"), at).err(), Some(ClientError::NotRead));
        assert_eq!(file.authenticate(named("of-file"), at).err(), Some(ClientError::Unknown));
        let read = file.with_stored(1, Vec::new());
        assert_eq!(read.authenticate(named("reports"), at).err(), Some(ClientError::Unknown));
    }

    #[test]
    fn a_client_of_the_file_counts_where_an_id_is_defined_twice() {
        let file = ClientTable::new(vec![client("reports", &["https://file.example.org"])]);
        assert_eq!(file.duplicate(), None);
        let both = file.with_stored(7, vec![client("reports", &["https://a.example.org"]), client("other", &[])]);
        assert_eq!((both.duplicate(), both.revision()), (Some("reports"), Some(7)));
        assert_eq!(both.origins().iter().collect::<Vec<_>>(), ["https://file.example.org"]);
        assert!(both.is_fixed("reports") && both.is_fixed("marquee") && !both.is_fixed("other"));
        assert_eq!(both.with_stored(8, Vec::new()).duplicate(), None);
    }

    #[test]
    fn a_confidential_client_without_a_secret_is_known_by_none() {
        let table = ClientTable::new(vec![client("reports", &[])]);
        for secret in [None, Some("")] {
            let presented = PresentedClient { id: Some("reports"), secret, ..PresentedClient::default() };
            assert!(table.authenticate(presented, NOW.parse().unwrap()).is_err(), "{secret:?}");
        }
    }
}

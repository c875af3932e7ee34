//! All clients of an installation.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::client::Client;

/// How a request names its client: in the header in two readings, in the form, or in both.
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
}

/// Clients by id.
#[derive(Clone)]
pub struct ClientTable(BTreeMap<String, Client>);

impl ClientTable {
    /// The first-party client and `others`.
    pub fn new(others: Vec<Client>) -> Self {
        let all = others.into_iter().chain([Client::first_party()]);
        Self(all.map(|client| (client.id.clone(), client)).collect())
    }

    /// The client with this id.
    pub fn find(&self, id: &str) -> Option<&Client> {
        self.0.get(id)
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
        self.find(id).filter(|client| client.accepts(secret, now)).ok_or(ClientError::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{ClientSecret, Grant};
    use service_kit::secret_hash::SecretHash;

    const NOW: &str = "2026-11-30T12:00:00Z";

    fn table() -> ClientTable {
        let secret = |text: &str, until: Option<&str>| ClientSecret {
            hash: SecretHash::of(text),
            until: until.map(|time| time.parse().unwrap()),
        };
        let secrets = vec![secret("new", None), secret("old", Some("2026-11-30T12:00:01Z")), secret("gone", Some(NOW))];
        ClientTable::new(vec![Client { id: "reports".into(), grants: vec![Grant::ClientCredentials], secrets }])
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
}

//! Service clients and sites, identified by their secrets. Secrets are random and long, so SHA-256 suffices to store
//! them. A wrong secret costs the same time as a right one: it is hashed once and compared with every entry.

use aws_lc_rs::digest::{SHA256, digest};
use secrecy::{ExposeSecret, SecretString};
use subtle::{Choice, ConstantTimeEq};

use crate::domain::SiteNumber;

type SecretHash = [u8; 32];

/// An id with its secret. An id may appear twice during a rotation: the new secret beside the old one.
#[derive(Debug, Clone)]
pub struct NamedSecret {
    /// The id.
    pub id: String,
    /// The secret.
    pub secret: SecretString,
}

/// The registered services.
pub struct ServiceClients(Vec<(String, SecretHash)>);

impl ServiceClients {
    /// Registers `clients`.
    pub fn new(clients: &[NamedSecret]) -> Self {
        Self(clients.iter().map(|client| (client.id.clone(), hash(client.secret.expose_secret()))).collect())
    }

    /// The registered name of the client with this id and secret.
    pub fn find(&self, id: &str, secret: &str) -> Option<&str> {
        let given = hash(secret);
        let mut found = None;
        for (known, expected) in &self.0 {
            let right = Choice::from(u8::from(known == id)) & given.ct_eq(expected);
            if bool::from(right) {
                found = Some(known.as_str());
            }
        }
        found
    }
}

/// A site.
#[derive(Debug, Clone)]
pub struct Site {
    /// Public site key.
    pub key: String,
    /// Its number in stored records.
    pub number: SiteNumber,
}

/// The registered sites.
pub struct Sites {
    sites: Vec<Site>,
    secrets: Vec<(usize, SecretHash)>,
}

impl Sites {
    /// Registers sites, each with one secret or two.
    pub fn new(secrets: &[NamedSecret]) -> Self {
        let mut sites: Vec<Site> = Vec::new();
        let mut hashes = Vec::new();
        for named in secrets {
            let at = sites.iter().position(|site| site.key == named.id).unwrap_or_else(|| {
                sites.push(Site { key: named.id.clone(), number: SiteNumber::of(&named.id) });
                sites.len() - 1
            });
            hashes.push((at, hash(named.secret.expose_secret())));
        }
        Self { sites, secrets: hashes }
    }

    /// The site that owns this secret.
    pub fn of_secret(&self, secret: &str) -> Option<&Site> {
        let given = hash(secret);
        let mut found = None;
        for (at, expected) in &self.secrets {
            if bool::from(given.ct_eq(expected)) {
                found = self.sites.get(*at);
            }
        }
        found
    }

    /// The site with this key; without a key the only site, if there is exactly one.
    pub fn of_key(&self, key: Option<&str>) -> Option<&Site> {
        match (key, self.sites.as_slice()) {
            (None, [only]) => Some(only),
            (None, _) => None,
            (Some(key), sites) => sites.iter().find(|site| site.key == key),
        }
    }

    /// Site key of a number.
    pub fn key_of(&self, number: SiteNumber) -> Option<&str> {
        self.sites.iter().find(|site| site.number == number).map(|site| site.key.as_str())
    }
}

fn hash(secret: &str) -> SecretHash {
    let mut hash = SecretHash::default();
    hash.copy_from_slice(digest(&SHA256, secret.as_bytes()).as_ref());
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(id: &str, secret: &str) -> NamedSecret {
        NamedSecret { id: id.into(), secret: secret.to_owned().into() }
    }

    #[test]
    fn a_client_is_known_by_its_own_id_and_secret_only() {
        let clients = ServiceClients::new(&[named("auth-service", "first"), named("other", "second")]);
        assert_eq!(clients.find("auth-service", "first"), Some("auth-service"));
        for (id, secret) in [("auth-service", "second"), ("nobody", "first"), ("", "")] {
            assert_eq!(clients.find(id, secret), None, "{id} {secret}");
        }
    }

    #[test]
    fn a_site_has_two_secrets_during_a_rotation() {
        let sites = Sites::new(&[named("tv", "old"), named("tv", "new"), named("web", "third")]);
        let key = |secret| sites.of_secret(secret).map(|site| site.key.as_str());
        assert_eq!((key("old"), key("new"), key("third"), key("")), (Some("tv"), Some("tv"), Some("web"), None));
        assert!(sites.of_key(None).is_none() && sites.of_key(Some("tv")).is_some());
        assert!(Sites::new(&[named("tv", "old")]).of_key(None).is_some());
        assert_eq!(sites.key_of(SiteNumber::of("web")), Some("web"));
    }
}

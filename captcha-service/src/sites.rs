//! Sites, identified by their secrets. A wrong secret costs the same time as a right one: it is hashed once and compared
//! with every entry.

use secrecy::ExposeSecret;
use service_kit::secret_hash::SecretHash;
use service_kit::settings::ClientSecret;
use subtle::ConstantTimeEq;

use crate::domain::SiteNumber;

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
    pub fn new(secrets: &[ClientSecret]) -> Self {
        let mut sites: Vec<Site> = Vec::new();
        let mut hashes = Vec::new();
        for named in secrets {
            let at = sites.iter().position(|site| site.key == named.id).unwrap_or_else(|| {
                sites.push(Site { key: named.id.clone(), number: SiteNumber::of(&named.id) });
                sites.len() - 1
            });
            hashes.push((at, SecretHash::of(named.secret.expose_secret())));
        }
        Self { sites, secrets: hashes }
    }

    /// The site that owns this secret.
    pub fn of_secret(&self, secret: &str) -> Option<&Site> {
        let given = SecretHash::of(secret);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn named(id: &str, secret: &str) -> ClientSecret {
        ClientSecret { id: id.into(), secret: secret.to_owned().into() }
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

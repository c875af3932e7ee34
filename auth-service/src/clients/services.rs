//! Services that may introspect tokens, by id and secret. Secrets are long and random, so a SHA-256 hash is enough;
//! argon2 would cost more than the introspection itself.

use aws_lc_rs::digest::{SHA256, digest};
use secrecy::ExposeSecret;
use subtle::{Choice, ConstantTimeEq};

use crate::config::ClientSecret;

type SecretHash = [u8; 32];

/// Registered services.
pub struct ServiceClients(Vec<(String, SecretHash)>);

impl ServiceClients {
    /// Hashes the secrets of `clients`.
    pub fn new(clients: &[ClientSecret]) -> Self {
        Self(clients.iter().map(|client| (client.id.clone(), hash(client.secret.expose_secret()))).collect())
    }

    /// Registered id of the client with this id and secret. A wrong secret and an unknown id take equally long: the
    /// secret is hashed once and compared with every registered one.
    pub fn find(&self, id: &str, secret: &str) -> Option<&str> {
        let given = hash(secret);
        let mut found = None;
        for (registered, expected) in &self.0 {
            let matches = Choice::from(u8::from(registered == id)) & given.ct_eq(expected);
            if bool::from(matches) {
                found = Some(registered.as_str());
            }
        }
        found
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

    #[test]
    fn a_client_is_known_by_its_own_id_and_secret_only() {
        let client = |id: &str, secret: &str| ClientSecret { id: id.into(), secret: secret.to_owned().into() };
        let clients = ServiceClients::new(&[client("movies-api", "first secret"), client("captcha", "second secret")]);
        assert_eq!(clients.find("movies-api", "first secret"), Some("movies-api"));
        assert_eq!(clients.find("captcha", "second secret"), Some("captcha"));
        for (id, secret) in [("movies-api", "second secret"), ("nobody", "first secret"), ("", ""), ("captcha", "")] {
            assert_eq!(clients.find(id, secret), None, "{id} {secret}");
        }
    }
}

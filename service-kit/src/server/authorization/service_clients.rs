//! Registered service clients, by id and secret.

use secrecy::ExposeSecret;
use subtle::{Choice, ConstantTimeEq};

use crate::base::secret_hash::SecretHash;
use crate::base::settings::ClientSecret;

/// Service clients that may call this service. An id with two secrets is in a rotation.
pub struct ServiceClients(Vec<(String, SecretHash)>);

impl ServiceClients {
    /// Hashes the secrets of `clients`.
    pub fn new(clients: &[ClientSecret]) -> Self {
        Self(clients.iter().map(|client| (client.id.clone(), SecretHash::of(client.secret.expose_secret()))).collect())
    }

    /// Registered id of the client with this id and secret. A wrong secret and an unknown id take equally long: the
    /// secret is hashed once and compared with every registered one.
    pub fn find(&self, id: &str, secret: &str) -> Option<&str> {
        let given = SecretHash::of(secret);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_known_by_its_own_id_and_secrets_only() {
        let client = |id: &str, secret: &str| ClientSecret { id: id.into(), secret: secret.to_owned().into() };
        let clients = ServiceClients::new(&[
            client("movies-api", "first secret"),
            client("captcha", "second secret"),
            client("captcha", "third secret"),
        ]);
        assert_eq!(clients.find("movies-api", "first secret"), Some("movies-api"));
        for secret in ["second secret", "third secret"] {
            assert_eq!(clients.find("captcha", secret), Some("captcha"));
        }
        for (id, secret) in [("movies-api", "second secret"), ("nobody", "first secret"), ("", ""), ("captcha", "")] {
            assert_eq!(clients.find(id, secret), None, "{id} {secret}");
        }
    }
}

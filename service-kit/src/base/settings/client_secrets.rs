//! Clients and their secrets in settings: `id=secret`, separated by commas or lines.

use std::path::Path;

use secrecy::{ExposeSecret, SecretString};

use super::errors::ConfigErrors;

/// Minimum length of a secret, in characters.
const MIN_SECRET: usize = 16;

/// A client and its secret.
#[derive(Debug, Clone)]
pub struct ClientSecret {
    /// Its id.
    pub id: String,
    /// Its secret.
    pub secret: SecretString,
}

impl ConfigErrors {
    /// Reads a list of clients from a value or a file, as [`parse_client_secrets`]; absent or empty is `None`.
    pub fn client_secrets(
        &mut self,
        name: &'static str,
        value: Option<&SecretString>,
        file: Option<&Path>,
        max_per_id: usize,
    ) -> Option<Vec<ClientSecret>> {
        let list = self.secret(name, value, file)?;
        self.take(name, parse_client_secrets(list.expose_secret(), max_per_id).map(Some), None)
    }
}

/// Parses a list in which an id may appear up to `max_per_id` times: two during a rotation, the new secret beside the
/// old one. Empty lines and lines that begin with `#` are ignored.
///
/// # Errors
/// With the number of the entry and the reason, never with the secret.
pub fn parse_client_secrets(text: &str, max_per_id: usize) -> Result<Vec<ClientSecret>, String> {
    let entries = text.split([',', '\n']).map(str::trim).filter(|entry| !entry.is_empty() && !entry.starts_with('#'));
    let mut clients: Vec<ClientSecret> = Vec::new();
    for (number, entry) in (1..).zip(entries) {
        let (id, secret) = entry.split_once('=').ok_or(format!("entry {number} is not of the form id=secret"))?;
        if !is_client_id(id) {
            return Err(format!("entry {number}: an id has 1 to 64 characters of a-z, A-Z, 0-9, '.', '_' and '-'"));
        }
        if secret.chars().count() < MIN_SECRET {
            return Err(format!("entry {number} ({id}): a secret has at least {MIN_SECRET} characters"));
        }
        if clients.iter().filter(|known| known.id == id).count() >= max_per_id {
            return Err(format!("entry {number}: {id} stands more than {max_per_id} time(s)"));
        }
        clients.push(ClientSecret { id: id.to_owned(), secret: secret.to_owned().into() });
    }
    if clients.is_empty() { Err("the list has no entry".into()) } else { Ok(clients) }
}

fn is_client_id(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_by_commas_or_lines() {
        let ids = |text| {
            let clients = parse_client_secrets(text, 2).unwrap();
            clients.into_iter().map(|client| client.id).collect::<Vec<_>>()
        };
        assert_eq!(ids("a=0123456789abcdef,b=0123456789abcdef="), ["a", "b"]);
        assert_eq!(ids("# services\na=0123456789abcdef\n\nb=0123456789abcdef\n"), ["a", "b"]);
        assert_eq!(ids("a=0123456789abcdef,a=fedcba9876543210"), ["a", "a"], "during a rotation");
    }

    #[test]
    fn a_bad_entry_is_named_without_its_secret() {
        for text in ["", "a", "a=short-hunter2", "ä=0123456789hunter2", "a=0123456789hunter2,a=0123456789hunter2"] {
            let error = parse_client_secrets(text, 1).unwrap_err();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}

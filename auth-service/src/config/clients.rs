//! Service clients in the settings: `id=secret`, separated by commas or lines.

use secrecy::SecretString;

/// Minimum length of a client secret, in characters.
const MIN_SECRET: usize = 16;

/// A service client and its secret.
#[derive(Debug, Clone)]
pub struct ClientSecret {
    /// Its id.
    pub id: String,
    /// Its secret.
    pub secret: SecretString,
}

/// Parses a list. Empty lines and lines that begin with `#` are ignored.
///
/// # Errors
/// With the number of the entry and the reason, never with the secret.
pub fn parse_clients(text: &str) -> Result<Vec<ClientSecret>, String> {
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
        if clients.iter().any(|known| known.id == id) {
            return Err(format!("entry {number}: {id} stands twice"));
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
        let ids = |text| parse_clients(text).unwrap().into_iter().map(|client| client.id).collect::<Vec<_>>();
        assert_eq!(ids("a=0123456789abcdef,b=0123456789abcdef="), ["a", "b"]);
        assert_eq!(ids("# services\na=0123456789abcdef\n\nb=0123456789abcdef\n"), ["a", "b"]);
    }

    #[test]
    fn a_bad_entry_is_named_without_its_secret() {
        for text in ["", "a", "a=short-hunter2", "ä=0123456789hunter2", "a=0123456789hunter2,a=0123456789hunter2"] {
            let error = parse_clients(text).unwrap_err();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}

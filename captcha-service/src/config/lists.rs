//! Lists in settings: `id=secret`, separated by commas or lines.

use crate::clients::NamedSecret;

/// Minimum length of a secret, in characters.
const MIN_SECRET: usize = 16;

/// Parses a list in which an id may appear up to `times` times. Empty lines and lines that begin with `#` are ignored.
///
/// # Errors
/// Number of the invalid entry and the reason, never its secret.
pub fn parse_secrets(text: &str, times: usize) -> Result<Vec<NamedSecret>, String> {
    let entries = text.split([',', '\n']).map(str::trim).filter(|entry| !entry.is_empty() && !entry.starts_with('#'));
    let mut list: Vec<NamedSecret> = Vec::new();
    for (number, entry) in (1..).zip(entries) {
        let (id, secret) = entry.split_once('=').ok_or(format!("entry {number} is not of the form id=secret"))?;
        if !is_id(id) {
            return Err(format!("entry {number}: an id has 1 to 64 characters of a-z, A-Z, 0-9, '.', '_' and '-'"));
        }
        if secret.chars().count() < MIN_SECRET {
            return Err(format!("entry {number} ({id}): a secret has at least {MIN_SECRET} characters"));
        }
        if list.iter().filter(|known| known.id == id).count() >= times {
            return Err(format!("entry {number}: {id} stands more than {times} time(s)"));
        }
        list.push(NamedSecret { id: id.to_owned(), secret: secret.to_owned().into() });
    }
    if list.is_empty() { Err("the list has no entry".into()) } else { Ok(list) }
}

fn is_id(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_by_commas_or_lines() {
        let ids = |text| parse_secrets(text, 2).unwrap().into_iter().map(|named| named.id).collect::<Vec<_>>();
        assert_eq!(ids("tv=0123456789abcdef,tv=0123456789abcdef="), ["tv", "tv"]);
        assert_eq!(ids("# sites\ntv=0123456789abcdef\n\nweb=0123456789abcdef\n"), ["tv", "web"]);
    }

    #[test]
    fn a_bad_entry_is_named_without_its_secret() {
        for text in ["", "a", "a=short-hunter2", "ä=0123456789hunter2", "a=0123456789hunter2,a=0123456789hunter2"] {
            let error = parse_secrets(text, 1).err().unwrap();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}

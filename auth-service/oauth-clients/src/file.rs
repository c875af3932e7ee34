//! The operator's file of clients (TOML).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use service_kit::secret_hash::SecretHash;

use crate::MAX_CLIENTS;
use crate::client::Client;
use crate::definition::{ClientDefinition, ClientKind, check_id};
use crate::file_error::FileError;
use crate::grant::Grant;
use crate::names::ClientNames;
use crate::secret::ClientSecret;

/// Maximum number of secrets of a client: the current one, and the one that it replaces.
const MAX_SECRETS: usize = 2;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    clients: BTreeMap<String, Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    kind: Kind,
    grants: Vec<String>,
    #[serde(default)]
    origins: Vec<String>,
    #[serde(default)]
    redirect_uris: Vec<String>,
    #[serde(default)]
    resources: Vec<String>,
    #[serde(default)]
    first_party: bool,
    #[serde(default)]
    names: Names,
    #[serde(default)]
    secrets: Vec<Secret>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Names {
    en: String,
    ru: String,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Public,
    Confidential,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Secret {
    sha256: String,
    #[serde(default)]
    until: Option<String>,
}

/// Reads the clients of a file.
///
/// # Errors
/// [`FileError`] with the invalid entry.
pub fn read_clients(text: &str) -> Result<Vec<Client>, FileError> {
    let File { clients } = toml::from_str(text)?;
    if clients.len() > MAX_CLIENTS {
        return Err(FileError::Entry(format!("more than {MAX_CLIENTS} clients")));
    }
    let read = |(id, entry): (String, Entry)| {
        client(&id, entry).map_err(|reason| FileError::Entry(format!("clients.{id}: {reason}")))
    };
    clients.into_iter().map(read).collect()
}

fn client(id: &str, entry: Entry) -> Result<Client, String> {
    check_id(id).map_err(|error| error.reason)?;
    let kind = match entry.kind {
        Kind::Public => ClientKind::Public,
        Kind::Confidential => ClientKind::Confidential,
    };
    let grants = entry.grants.iter().map(|name| grant(name)).collect::<Result<Vec<_>, _>>()?;
    let definition = ClientDefinition {
        kind,
        grants,
        origins: entry.origins,
        redirect_uris: entry.redirect_uris,
        resources: entry.resources,
        first_party: entry.first_party,
        names: ClientNames { en: entry.names.en, ru: entry.names.ru },
    };
    let definition = definition.checked().map_err(|error| error.to_string())?;
    let secrets = entry.secrets.iter().map(secret).collect::<Result<Vec<_>, _>>()?;
    match (kind, secrets.len()) {
        (ClientKind::Public, 1..) => Err("secrets: a public client has none".into()),
        (ClientKind::Confidential, 0) => Err("secrets: a confidential client needs one".into()),
        (ClientKind::Confidential, count) if count > MAX_SECRETS => Err(format!("secrets: more than {MAX_SECRETS}")),
        _ => Ok(Client { id: id.to_owned(), definition, secrets }),
    }
}

fn grant(name: &str) -> Result<Grant, String> {
    let known = || Grant::ALL.map(Grant::name).join(", ");
    Grant::parse(name).ok_or_else(|| format!("grants: {name:?} is none of {}", known()))
}

fn secret(entry: &Secret) -> Result<ClientSecret, String> {
    let hash = SecretHash::parse(&entry.sha256).ok_or("secrets: sha256 has 64 hexadecimal digits")?;
    let until = |text: &String| DateTime::parse_from_rfc3339(text).map(|time| time.with_timezone(&Utc));
    let until = entry.until.as_ref().map(until).transpose();
    Ok(ClientSecret { hash, until: until.map_err(|error| format!("secrets: until: {error}"))? })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

    fn confidential(more: &str) -> String {
        format!("[clients.reports]\nkind = \"confidential\"\ngrants = [\"client_credentials\"]\n{more}")
    }

    #[test]
    fn a_file_has_public_and_confidential_clients() {
        let text = format!(
            "{}\n[clients.\"a.b_c-1\"]\nkind = \"public\"\ngrants = [\"refresh_token\"]\norigins = [\"https://tv.example.org\"]",
            confidential(&format!(
                "secrets = [{{sha256 = \"{HASH}\", until = \"2026-12-01T00:00:00+03:00\"}}, {{sha256 = \"{}\"}}]",
                HASH.to_uppercase()
            ))
        );
        let clients = read_clients(&text).unwrap();
        let ids: Vec<_> = clients.iter().map(|client| client.id.as_str()).collect();
        assert_eq!(ids, ["a.b_c-1", "reports"]);
        assert!(clients[0].secrets.is_empty() && clients[0].may_use(Grant::RefreshToken));
        assert_eq!(clients[0].definition.origins, ["https://tv.example.org"]);
        assert!(clients[1].may_use(Grant::ClientCredentials) && !clients[1].may_use(Grant::RefreshToken));
        assert_eq!(clients[1].secrets[0].until, Some("2026-11-30T21:00:00Z".parse().unwrap()));
        assert_eq!(clients[1].secrets[1].until, None);
        assert!(read_clients("").unwrap().is_empty());
    }

    #[test]
    fn a_bad_entry_is_named() {
        let secret = format!("{{sha256 = \"{HASH}\"}}");
        for (text, reason) in [
            ("clients = 1".to_owned(), "cannot be read"),
            (confidential("colour = 1"), "unknown field"),
            (confidential(""), "clients.reports: secrets: a confidential client needs one"),
            (confidential(&format!("secrets = [{secret}, {secret}, {secret}]")), "more than 2"),
            (confidential("secrets = [{sha256 = \"x\"}]"), "64 hexadecimal digits"),
            (confidential(&format!("secrets = [{{sha256 = \"{HASH}\", until = \"soon\"}}]")), "until"),
            (
                confidential(&format!("secrets = [{secret}]")).replace("client_credentials", "password"),
                "\"password\" is none of",
            ),
            (confidential(&format!("secrets = [{secret}]")).replace("[\"client_credentials\"]", "[]"), "without any"),
            (confidential(&format!("secrets = [{secret}]")).replace(".reports", ".marquee"), "our own apps"),
            (confidential(&format!("secrets = [{secret}]")).replace(".reports", ".Reports"), "a-z"),
            (
                confidential(&format!("secrets = [{secret}]"))
                    .replace("confidential", "public")
                    .replace("client_credentials", "refresh_token"),
                "a public client has none",
            ),
            (confidential("").replace("confidential", "public"), "RFC 6749 section 4.4"),
            (confidential("origins = [\"https://tv.example.org\"]"), "RFC 6749 section 2.1"),
            (confidential("redirect_uris = [\"https://tv.example.org/back\"]"), "only grant authorization_code"),
            (confidential("resources = [\"a b\"]"), "resources: a name has"),
            (confidential("names = {en = \"A\\nB\"}"), "names: en"),
            (confidential("names = {de = \"Filme\"}"), "unknown field"),
            (
                confidential("redirect_uris = [\"https://tv.example.org/back\"]")
                    .replace("client_credentials", "authorization_code"),
                "for first_party apps",
            ),
            (
                confidential("first_party = true").replace("client_credentials", "authorization_code"),
                "grant authorization_code needs one",
            ),
            (confidential("origins = [\"https://tv.example.org/\"]"), "browsers write"),
            (confidential("origins = [\"https://a.example.org,https://b.example.org\"]"), "no comma"),
        ] {
            let error = read_clients(&text).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.contains(reason), "{text}: {error:?}");
        }
    }
}

//! The operator's file of resources (TOML).

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use token_verifier::AUDIENCE;

use crate::file_error::FileError;
use crate::resources::{Resources, check_resource};

/// Maximum number of resources.
const MAX_RESOURCES: usize = 100;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// Resources of tokens for which none was asked for; the issuer if absent.
    default: Option<Vec<String>>,
    resources: BTreeMap<String, Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    services: BTreeSet<String>,
}

/// Reads the resources of a file. This service itself is the issuer.
///
/// # Errors
/// [`FileError`] with the invalid entry.
pub fn read_resources(text: &str, issuer: &str) -> Result<Resources, FileError> {
    let File { default, resources } = toml::from_str(text)?;
    let entry = |reason: String| FileError::Entry(reason);
    if resources.len() > MAX_RESOURCES {
        return Err(entry(format!("resources: more than {MAX_RESOURCES}")));
    }
    for (name, resource) in &resources {
        check_resource(name).map_err(|reason| entry(format!("resources.{name}: {reason}")))?;
        if name == issuer || name == AUDIENCE {
            return Err(entry(format!("resources.{name}: this is the name of auth-service itself")));
        }
        if resource.services.is_empty() {
            return Err(entry(format!("resources.{name}.services: no service could introspect its tokens")));
        }
    }
    let default = default.unwrap_or_else(|| vec![issuer.to_owned()]);
    let mut seen = BTreeSet::new();
    for name in &default {
        if name != issuer && !resources.contains_key(name) {
            return Err(entry(format!("default: there is no resource {name:?}")));
        }
        if !seen.insert(name) {
            return Err(entry(format!("default: {name:?} is there twice")));
        }
    }
    if default.is_empty() {
        return Err(entry("default: a token is for one resource at least".into()));
    }
    let services = resources.into_iter().map(|(name, entry)| (name, entry.services)).collect();
    Ok(Resources::new(issuer.to_owned(), default, services))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUER: &str = "https://id.example.org";
    const FILMS: &str = "[resources.films]\nservices = [\"movies-api\"]\n";

    #[test]
    fn a_file_names_resources_their_services_and_the_default() {
        let resources = read_resources(FILMS, ISSUER).unwrap();
        assert_eq!(resources.own(), ISSUER);
        assert_eq!(resources.names().collect::<Vec<_>>(), ["films", ISSUER]);
        assert_eq!(resources.services().collect::<Vec<_>>(), ["movies-api"]);
        assert_eq!(resources.default_audience().names(), [ISSUER]);
        let both = format!(
            "default = [\"{ISSUER}\", \"films\"]\n{FILMS}[resources.\"https://b.example.org/\"]\nservices = [\"b\"]"
        );
        assert_eq!(read_resources(&both, ISSUER).unwrap().default_audience().names(), [ISSUER, "films"]);
    }

    #[test]
    fn a_bad_entry_is_named() {
        for (text, reason) in [
            (String::new(), "resources"),
            ("resources = 1".into(), "cannot be read"),
            ("[resources.films]".into(), "services"),
            ("[resources.films]\nservices = []".into(), "no service could"),
            ("[resources.\"a b\"]\nservices = [\"b\"]".into(), "a name has"),
            ("[resources.marquee]\nservices = [\"b\"]".into(), "auth-service itself"),
            (format!("[resources.\"{ISSUER}\"]\nservices = [\"b\"]"), "auth-service itself"),
            (format!("{FILMS}audience = \"x\""), "unknown field"),
            (format!("default = [\"bills\"]\n{FILMS}"), "no resource \"bills\""),
            (format!("default = []\n{FILMS}"), "one resource at least"),
            (format!("default = [\"films\", \"films\"]\n{FILMS}"), "twice"),
            ((0..101).map(|n| format!("[resources.r{n}]\nservices = [\"b\"]\n")).collect(), "more than 100"),
        ] {
            let error = read_resources(&text, ISSUER).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.contains(reason), "{text}: {error:?}");
        }
    }
}

//! Resources: what an access token is for (RFC 8707), claim `aud` of it.

use std::collections::{BTreeMap, BTreeSet};

use contracts::auth::oauth::Audience;
use token_verifier::AUDIENCE;

/// Length of the longest name, in characters.
const MAX_NAME: usize = 300;

/// A resource that is unknown, or not the client's (RFC 8707 §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("tokens of this client are not for this resource")]
pub struct InvalidTarget;

/// A name that is that of no resource.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no resource {0:?}")]
pub struct UnknownResource(String);

/// Resources of an installation. Without a file of them all services are one, `marquee`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resources {
    /// The one that this service is.
    own: String,
    /// Those of a token for which none was asked for, in the order of the file.
    default: Vec<String>,
    /// Services that may introspect tokens for a resource, by its name; `None` for all services.
    by_name: BTreeMap<String, Option<BTreeSet<String>>>,
}

impl Default for Resources {
    fn default() -> Self {
        let name = AUDIENCE.to_owned();
        Self { default: vec![name.clone()], by_name: [(name.clone(), None)].into(), own: name }
    }
}

impl Resources {
    pub(crate) fn new(own: String, default: Vec<String>, services: BTreeMap<String, BTreeSet<String>>) -> Self {
        let named = services.into_iter().map(|(name, services)| (name, Some(services)));
        let by_name = named.chain([(own.clone(), Some(BTreeSet::new()))]).collect();
        Self { own, default, by_name }
    }

    /// The name of this service in the claim `aud` of tokens.
    pub fn own(&self) -> &str {
        &self.own
    }

    /// All names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }

    /// Services that the file names.
    pub fn services(&self) -> impl Iterator<Item = &str> {
        self.by_name.values().flatten().flatten().map(String::as_str)
    }

    /// Audience of a token of our own apps for which no resource was asked for.
    pub fn default_audience(&self) -> Audience {
        Audience::of(self.default.clone())
    }

    /// Audience of a token for a client with these resources, where `None` is one that may ask for any: the resource that it
    /// asks for, else the default ones among its own, or all of these if none is.
    pub(crate) fn audience(&self, listed: Option<&[String]>, asked: Option<&str>) -> Result<Audience, InvalidTarget> {
        let own = listed.filter(|listed| !listed.is_empty()).unwrap_or(&self.default);
        let is_own = |name: &str| listed.is_none() || own.iter().any(|one| one == name);
        let names: Vec<_> = match asked {
            Some(name) => is_own(name).then(|| name.to_owned()).into_iter().collect(),
            // Without a wish the narrower one: of several resources those that are default ones.
            None if own.iter().any(|name| self.default.contains(name)) => {
                own.iter().filter(|name| self.default.contains(name)).cloned().collect()
            }
            None => own.to_vec(),
        };
        let known: Vec<_> = names.into_iter().filter(|name| self.by_name.contains_key(name)).collect();
        if known.is_empty() { Err(InvalidTarget) } else { Ok(Audience::of(known)) }
    }

    /// `true` when the service is, or speaks for, one of the resources of a token (RFC 7662 §4).
    pub fn may_introspect(&self, service: &str, audience: &Audience) -> bool {
        audience
            .names()
            .iter()
            .filter_map(|name| self.by_name.get(name))
            .any(|services| services.as_ref().is_none_or(|services| services.contains(service)))
    }

    /// Checks that all resources of a client exist.
    ///
    /// # Errors
    /// [`UnknownResource`] with the first that does not.
    pub fn check(&self, names: &[String]) -> Result<(), UnknownResource> {
        let unknown = names.iter().find(|name| !self.by_name.contains_key(*name));
        unknown.map_or(Ok(()), |name| Err(UnknownResource(name.clone())))
    }
}

/// Checks the form of a name: a word or a URL.
pub(crate) fn check_resource(name: &str) -> Result<(), String> {
    let is_plain = |c: char| c.is_ascii_graphic() && !"\"\\#".contains(c);
    if name.is_empty() || name.len() > MAX_NAME || !name.chars().all(is_plain) {
        return Err(format!("a name has 1 to {MAX_NAME} printable characters, no fragment, quote or backslash"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUER: &str = "https://id.example.org";

    fn resources(default: &[&str]) -> Resources {
        let services = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let named =
            [("films".to_owned(), services(&["movies-api"])), ("bills".to_owned(), services(&["bills", "ledger"]))];
        Resources::new(ISSUER.into(), default.iter().map(|name| (*name).to_owned()).collect(), named.into())
    }

    fn named(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_token_is_for_what_was_asked_for_or_for_all_of_the_clients_resources() {
        let (resources, films) = (resources(&[ISSUER]), named(&["films", "bills"]));
        let films = Some(&films[..]);
        let one = |name: &str| Ok(Audience::One(name.to_owned()));
        assert_eq!(resources.audience(films, Some("films")), one("films"));
        assert_eq!(resources.audience(films, None), Ok(Audience::Several(vec!["films".into(), "bills".into()])));
        for other in [ISSUER, "marquee", "film", "", "films bills"] {
            assert_eq!(resources.audience(films, Some(other)), Err(InvalidTarget), "{other}");
        }
        assert_eq!(resources.audience(Some(&[]), None), one(ISSUER), "by default that of our own apps");
        let with_issuer = named(&["films", ISSUER]);
        assert_eq!(resources.audience(Some(&with_issuer), None), one(ISSUER), "leaving it out gets the less");
        assert_eq!(resources.audience(Some(&with_issuer), Some("films")), one("films"));
        assert_eq!(resources.audience(Some(&[]), Some("films")), Err(InvalidTarget));
    }

    #[test]
    fn our_own_apps_may_ask_for_every_resource_that_exists() {
        let resources = resources(&[ISSUER, "films"]);
        assert_eq!(resources.audience(None, None), Ok(resources.default_audience()));
        for name in [ISSUER, "films", "bills"] {
            assert_eq!(resources.audience(None, Some(name)), Ok(Audience::One(name.into())));
        }
        assert_eq!(resources.audience(None, Some("marquee")), Err(InvalidTarget));
    }

    #[test]
    fn a_resource_that_was_removed_from_the_file_is_in_no_token() {
        let resources = resources(&[ISSUER]);
        assert_eq!(resources.audience(Some(&named(&["films", "gone"])), None), Ok(Audience::One("films".into())));
        assert_eq!(resources.audience(Some(&named(&["gone"])), None), Err(InvalidTarget));
        assert!(resources.check(&["films".into()]).is_ok() && resources.check(&["gone".into()]).is_err());
    }

    #[test]
    fn a_service_sees_only_tokens_that_are_for_it() {
        let resources = resources(&[ISSUER]);
        let both = Audience::Several(vec!["films".into(), ISSUER.into()]);
        for (service, audience, may) in [
            ("movies-api", &both, true),
            ("movies-api", &Audience::One("bills".into()), false),
            ("ledger", &Audience::One("bills".into()), true),
            ("ledger", &both, false),
            ("stranger", &both, false),
            ("movies-api", &Audience::One("gone".into()), false),
            ("movies-api", &Audience::Several(Vec::new()), false),
        ] {
            assert_eq!(resources.may_introspect(service, audience), may, "{service} {audience:?}");
        }
        let one = Resources::default();
        assert!(one.may_introspect("stranger", &one.default_audience()), "without a file all services are one");
    }
}

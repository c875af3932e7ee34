//! Validated settings of the limits.

use std::path::Path;

use contracts::endpoint::EndpointInfo;
use limiter_lib::actix::{ForwardingHeader, Networks, Profile};
use limiter_lib::store::redis::{RedisSettings, RedisStore};
use limiter_lib::{Mode, store::MAX_REQUESTS};
use secrecy::{ExposeSecret, SecretString};

use super::clients::Clients;
use super::file::{FileDiagnostic, PolicyFile, text_of};
use super::per::Subject;
use super::policy_spec::{PolicyMode, PolicySpec, Rule};
use super::table::LimitTable;
use crate::base::settings::ConfigErrors;
use crate::server::transport::descriptors::ConnectionLimits;

/// Settings of the limits as text.
#[derive(Debug, Clone, Default)]
pub struct LimitsText<'a> {
    /// `on` (default), `shadow` or `off`.
    pub limits: Option<&'a str>,
    /// The policy file.
    pub file: Option<&'a Path>,
    /// URL of Redis.
    pub redis_url: Option<SecretString>,
    /// PEM file of the certificate authorities trusted for Redis, instead of the public ones.
    pub redis_ca_file: Option<&'a Path>,
    /// Networks of trusted proxies.
    pub trusted_proxies: Option<&'a str>,
    /// `x-forwarded-for` (default) or `forwarded`.
    pub client_address_header: Option<&'a str>,
    /// `draft-10` (default), `next`, `x-ratelimit` or `none`.
    pub headers: Option<&'a str>,
    /// Maximum number of open connections per address.
    pub connections_per_address: Option<&'a str>,
}

/// Validated settings of the limits.
#[derive(Debug, Clone)]
pub struct LimitsConfig {
    pub(super) service: &'static str,
    pub(super) rules: Vec<Rule>,
    pub(super) redis: Option<RedisSettings>,
    /// Resolves the address of the client.
    pub clients: Clients,
    pub(super) profile: Profile,
    /// Limits on the server's open connections.
    pub connections: ConnectionLimits,
}

impl LimitsConfig {
    /// The table without a policy file, counted in this process only.
    ///
    /// # Panics
    /// On an invalid table; a test of each service reads its table.
    pub fn of(table: &'static LimitTable) -> Self {
        let mut errors = ConfigErrors::default();
        let config = Self::read(table, &LimitsText::default(), "", &mut errors);
        errors.finish(config).expect("a test of the service reads its table")
    }

    /// No limits.
    #[must_use]
    pub fn off(self) -> Self {
        Self { rules: Vec::new(), ..self }
    }

    /// Puts every policy in shadow mode: decisions are made but not enforced.
    #[must_use]
    pub fn shadow(mut self) -> Self {
        for rule in &mut self.rules {
            rule.policy = rule.policy.clone().mode(Mode::Shadow);
        }
        self
    }

    /// Reads settings; `prefix` is that of the service's variables, such as `AUTH_`. Errors are added to `errors`.
    pub fn read(table: &'static LimitTable, text: &LimitsText<'_>, prefix: &str, errors: &mut ConfigErrors) -> Self {
        let name = |name: &str| format!("{prefix}{name}");
        let rules = rules(table, text.file, &name("LIMITS_FILE"), errors);
        let proxies = text.trusted_proxies.unwrap_or_default().parse();
        let proxies = errors.take(&name("TRUSTED_PROXIES"), proxies, Networks::default());
        let headers =
            [("x-forwarded-for", ForwardingHeader::XForwardedFor), ("forwarded", ForwardingHeader::Forwarded)];
        let profiles = [
            ("draft-10", Profile::Draft10),
            ("next", Profile::Draft11),
            ("x-ratelimit", Profile::XRateLimit),
            ("none", Profile::None),
        ];
        let (header, default) = (text.client_address_header, ForwardingHeader::default());
        let header = errors.one_of(&name("CLIENT_ADDRESS_HEADER"), header, &headers, default);
        let connections = connections(text, &proxies, &name("CONNECTIONS_PER_ADDRESS"), errors);
        let config = Self {
            service: table.service,
            rules,
            connections,
            redis: redis(table.service, text, prefix, errors),
            clients: Clients::new(proxies, header),
            profile: errors.one_of(&name("LIMIT_HEADERS"), text.headers, &profiles, Profile::default()),
        };
        let modes = [("on", PolicyMode::Enforce), ("shadow", PolicyMode::Shadow), ("off", PolicyMode::Off)];
        match errors.one_of(&name("LIMITS"), text.limits, &modes, PolicyMode::Enforce) {
            PolicyMode::Enforce => config,
            PolicyMode::Shadow => config.shadow(),
            PolicyMode::Off => config.off(),
        }
    }

    /// Redis settings, for other stores of the service in the same database; `None` without a Redis URL.
    pub fn redis(&self) -> Option<&RedisSettings> {
        self.redis.as_ref()
    }

    /// Endpoints of the table that no policy counts.
    pub fn uncovered(&self, table: &LimitTable) -> Vec<&'static str> {
        let covered = |endpoint: &&EndpointInfo| !self.rules.iter().any(|rule| rule.endpoints.contains(&endpoint.id));
        table.endpoints.iter().filter(covered).map(|endpoint| endpoint.id).collect()
    }
}

fn connections(text: &LimitsText<'_>, proxies: &Networks, name: &str, errors: &mut ConfigErrors) -> ConnectionLimits {
    let per_address = text.connections_per_address.map(str::trim).filter(|text| !text.is_empty());
    let per_address = per_address.map(|text| errors.number(name, text, (1, 1_000_000)));
    ConnectionLimits { per_address, proxies: proxies.clone(), ..ConnectionLimits::default() }
}

/// Redis settings. Keys have a prefix per service, so each service counts separately.
fn redis(service: &str, text: &LimitsText<'_>, prefix: &str, errors: &mut ConfigErrors) -> Option<RedisSettings> {
    let url = text.redis_url.as_ref()?.expose_secret().trim();
    if url.is_empty() {
        return None;
    }
    let settings = RedisSettings::from_url(url).and_then(|settings| settings.prefix(&format!("rl1-{service}")));
    let settings = errors.take(&format!("{prefix}REDIS_URL"), settings.map(Some), None)?;
    let trusting = match text.redis_ca_file {
        None => Ok(settings),
        Some(path) => std::fs::read(path)
            .map_err(|error| format!("{}: {error}", path.display()))
            .and_then(|pem| settings.authorities(pem).map_err(|error| error.to_string())),
    };
    let settings = errors.take(&format!("{prefix}REDIS_CA_FILE"), trusting.map(Some), None)?;
    // The driver decides which settings are usable.
    let usable = RedisStore::new(settings.clone()).map(|_| settings);
    errors.take(&format!("{prefix}REDIS_URL"), usable.map(Some), None)
}

/// The table with the changes of the file. Errors name file and line, in the order of the file.
fn rules(table: &LimitTable, path: Option<&Path>, name: &str, errors: &mut ConfigErrors) -> Vec<Rule> {
    let mut specs: Vec<PolicySpec> = table.policies.iter().map(PolicySpec::of).collect();
    let mut diagnostics: Vec<FileDiagnostic> = Vec::new();
    let path = path.filter(|path| !path.as_os_str().is_empty());
    match path.map(text_of) {
        None => {}
        Some(Ok(text)) => PolicyFile::new(&text, &mut diagnostics).apply(&mut specs),
        Some(Err(error)) => errors.add(format!("{name}: {error}")),
    }
    let mut rules = Vec::new();
    for spec in &specs {
        let mut report = |field: &str, what: String| {
            let dot = if field.is_empty() { "" } else { "." };
            diagnostics.push((spec.line(field), format!("policies.{}{dot}{field}: {what}", spec.name)));
        };
        rules.extend(spec.rule(table, &mut report));
    }
    diagnostics.extend(too_many(table, &rules).map(|text| (0, text)));
    diagnostics.sort_by_key(|(line, _)| *line);
    let source = path.unwrap_or_else(|| Path::new("the service's own table")).display();
    for (line, text) in diagnostics {
        let line = if line == 0 { String::new() } else { format!(":{line}") };
        errors.add(format!("{name}: {source}{line}: {text}"));
    }
    rules
}

/// Endpoints with more policies than one call to the limiter accepts.
fn too_many<'a>(table: &'a LimitTable, rules: &'a [Rule]) -> impl Iterator<Item = String> + 'a {
    let subjects = [None, Some(Subject::Client), Some(Subject::User), Some(Subject::Account)];
    table.endpoints.iter().flat_map(move |endpoint| {
        subjects.into_iter().filter_map(move |subject| {
            let is_checked = |rule: &&Rule| rule.per.subject() == subject && rule.endpoints.contains(&endpoint.id);
            let count = rules.iter().filter(is_checked).count();
            let text =
                format!("`{}` has {count} policies that are asked together; at most {MAX_REQUESTS}", endpoint.id);
            (count > MAX_REQUESTS).then_some(text)
        })
    })
}

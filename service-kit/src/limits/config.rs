//! Settings of the limits, checked.

use std::path::Path;

use contracts::endpoint::EndpointInfo;
use limiter_lib::actix::{ForwardingHeader, Networks, Profile};
use limiter_lib::store::redis::{RedisSettings, RedisStore};
use limiter_lib::{Mode, store::MAX_REQUESTS};
use secrecy::{ExposeSecret, SecretString};

use super::LimitTable;
use super::clients::Clients;
use super::file::{FileDiagnostic, PolicyFile, text_of};
use super::per::Subject;
use super::policy_spec::{PolicyMode, PolicySpec, Rule};
use crate::server::ConnectionLimits;
use crate::settings::ConfigErrors;

/// Settings of the limits as they were given.
#[derive(Debug, Clone, Default)]
pub struct LimitsText<'a> {
    /// `on`, `shadow` or `off`; `on` unless said.
    pub limits: Option<&'a str>,
    /// The policy file.
    pub file: Option<&'a Path>,
    /// Where Redis is.
    pub redis_url: Option<SecretString>,
    /// Certificates of the authorities that Redis is trusted by, instead of the public ones.
    pub redis_ca_file: Option<&'a Path>,
    /// Networks of proxies that are believed.
    pub trusted_proxies: Option<&'a str>,
    /// `x-forwarded-for` (unless said) or `forwarded`.
    pub client_address_header: Option<&'a str>,
    /// `draft-10` (unless said), `next`, `x-ratelimit` or `none`.
    pub headers: Option<&'a str>,
    /// Open connections of one address.
    pub connections_per_address: Option<&'a str>,
}

/// Settings of the limits, checked.
#[derive(Debug, Clone)]
pub struct LimitsConfig {
    pub(super) service: &'static str,
    pub(super) rules: Vec<Rule>,
    pub(super) redis: Option<RedisSettings>,
    /// Who the client of a request is.
    pub clients: Clients,
    pub(super) profile: Profile,
    /// How many connections the server accepts.
    pub connections: ConnectionLimits,
}

impl LimitsConfig {
    /// What a table says by itself, counted by this process alone.
    ///
    /// # Panics
    /// When the table is wrong; a test of each service reads its table.
    pub fn of(table: &'static LimitTable) -> Self {
        let mut complaints = ConfigErrors::default();
        let config = Self::read(table, &LimitsText::default(), "", &mut complaints);
        complaints.finish(config).expect("a test of the service reads its table")
    }

    /// No limits.
    #[must_use]
    pub fn off(self) -> Self {
        Self { rules: Vec::new(), ..self }
    }

    /// Every policy decides and refuses nothing.
    #[must_use]
    pub fn shadow(mut self) -> Self {
        for rule in &mut self.rules {
            rule.policy = rule.policy.clone().mode(Mode::Shadow);
        }
        self
    }

    /// Reads settings; `prefix` is that of the service's variables, such as `AUTH_`.
    pub fn read(
        table: &'static LimitTable,
        text: &LimitsText<'_>,
        prefix: &str,
        complaints: &mut ConfigErrors,
    ) -> Self {
        let name = |name: &str| format!("{prefix}{name}");
        let rules = rules(table, text.file, &name("LIMITS_FILE"), complaints);
        let proxies = text.trusted_proxies.unwrap_or_default().parse();
        let proxies = complaints.take(&name("TRUSTED_PROXIES"), proxies, Networks::default());
        let headers =
            [("x-forwarded-for", ForwardingHeader::XForwardedFor), ("forwarded", ForwardingHeader::Forwarded)];
        let profiles = [
            ("draft-10", Profile::Draft10),
            ("next", Profile::Draft11),
            ("x-ratelimit", Profile::XRateLimit),
            ("none", Profile::None),
        ];
        let (header, otherwise) = (text.client_address_header, ForwardingHeader::default());
        let header = complaints.one_of(&name("CLIENT_ADDRESS_HEADER"), header, &headers, otherwise);
        let connections = connections(text, &proxies, &name("CONNECTIONS_PER_ADDRESS"), complaints);
        let config = Self {
            service: table.service,
            rules,
            connections,
            redis: redis(table.service, text, prefix, complaints),
            clients: Clients::new(proxies, header),
            profile: complaints.one_of(&name("LIMIT_HEADERS"), text.headers, &profiles, Profile::default()),
        };
        let switches = [("on", PolicyMode::Enforce), ("shadow", PolicyMode::Shadow), ("off", PolicyMode::Off)];
        match complaints.one_of(&name("LIMITS"), text.limits, &switches, PolicyMode::Enforce) {
            PolicyMode::Enforce => config,
            PolicyMode::Shadow => config.shadow(),
            PolicyMode::Off => config.off(),
        }
    }

    /// Where replicas count together, for other stores of the service in the same place.
    pub fn redis(&self) -> Option<&RedisSettings> {
        self.redis.as_ref()
    }

    /// Endpoints of the table that no policy counts.
    pub fn uncovered(&self, table: &LimitTable) -> Vec<&'static str> {
        let covered = |endpoint: &&EndpointInfo| !self.rules.iter().any(|rule| rule.endpoints.contains(&endpoint.id));
        table.endpoints.iter().filter(covered).map(|endpoint| endpoint.id).collect()
    }
}

fn connections(
    text: &LimitsText<'_>,
    proxies: &Networks,
    name: &str,
    complaints: &mut ConfigErrors,
) -> ConnectionLimits {
    let per_address = text.connections_per_address.map(str::trim).filter(|text| !text.is_empty());
    let per_address = per_address.map(|text| complaints.number(name, text, (1, 1_000_000)));
    ConnectionLimits { per_address, proxies: proxies.clone(), ..ConnectionLimits::default() }
}

/// Each service has a part of its own in Redis, and is counted there apart from the others.
fn redis(service: &str, text: &LimitsText<'_>, prefix: &str, complaints: &mut ConfigErrors) -> Option<RedisSettings> {
    let url = text.redis_url.as_ref()?.expose_secret().trim();
    if url.is_empty() {
        return None;
    }
    let settings = RedisSettings::from_url(url).and_then(|settings| settings.prefix(&format!("rl1-{service}")));
    let settings = complaints.take(&format!("{prefix}REDIS_URL"), settings.map(Some), None)?;
    let trusting = match text.redis_ca_file {
        None => Ok(settings),
        Some(path) => std::fs::read(path)
            .map_err(|error| format!("{}: {error}", path.display()))
            .and_then(|pem| settings.authorities(pem).map_err(|error| error.to_string())),
    };
    let settings = complaints.take(&format!("{prefix}REDIS_CA_FILE"), trusting.map(Some), None)?;
    // The driver has the last word on what it can use.
    let usable = RedisStore::new(settings.clone()).map(|_| settings);
    complaints.take(&format!("{prefix}REDIS_URL"), usable.map(Some), None)
}

/// The table as the file changes it. Mistakes are named by file and line, in the order of the file.
fn rules(table: &LimitTable, path: Option<&Path>, name: &str, complaints: &mut ConfigErrors) -> Vec<Rule> {
    let mut drafts: Vec<PolicySpec> = table.policies.iter().map(super::DefaultPolicy::draft).collect();
    let mut wrong: Vec<FileDiagnostic> = Vec::new();
    let path = path.filter(|path| !path.as_os_str().is_empty());
    match path.map(text_of) {
        None => {}
        Some(Ok(text)) => PolicyFile::new(&text, &mut wrong).apply(&mut drafts),
        Some(Err(error)) => complaints.add(format!("{name}: {error}")),
    }
    let mut rules = Vec::new();
    for draft in &drafts {
        let mut complain = |field: &str, what: String| {
            let dot = if field.is_empty() { "" } else { "." };
            wrong.push((draft.line(field), format!("policies.{}{dot}{field}: {what}", draft.name)));
        };
        rules.extend(draft.rule(table, &mut complain));
    }
    wrong.extend(too_many(table, &rules).map(|text| (0, text)));
    wrong.sort_by_key(|(line, _)| *line);
    let shown = path.unwrap_or_else(|| Path::new("the service's own table")).display();
    for (line, text) in wrong {
        let line = if line == 0 { String::new() } else { format!(":{line}") };
        complaints.add(format!("{name}: {shown}{line}: {text}"));
    }
    rules
}

/// Endpoints with more policies than one call to the limiter may ask about.
fn too_many<'a>(table: &'a LimitTable, rules: &'a [Rule]) -> impl Iterator<Item = String> + 'a {
    let gates = [None, Some(Subject::Client), Some(Subject::User), Some(Subject::Account)];
    table.endpoints.iter().flat_map(move |endpoint| {
        gates.into_iter().filter_map(move |gate| {
            let here = |rule: &&Rule| rule.per.subject() == gate && rule.endpoints.contains(&endpoint.id);
            let count = rules.iter().filter(here).count();
            let text =
                format!("`{}` has {count} policies that are asked together; at most {MAX_REQUESTS}", endpoint.id);
            (count > MAX_REQUESTS).then_some(text)
        })
    })
}

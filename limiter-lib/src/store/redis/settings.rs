//! Settings of the connection to Redis.

use std::{borrow::Cow, time::Duration};

use super::scripts::{DECIDE, JOIN};

/// Address of Redis, sizes and timeouts.
#[derive(Clone)]
pub struct RedisSettings {
    pub(super) topology: Topology,
    /// Certificates of authorities, in PEM, that are trusted instead of the public ones.
    pub(super) authorities: Option<Vec<u8>>,
    pub(super) prefix: String,
    pub(super) connections: usize,
    pub(super) batch: usize,
    pub(super) pending: usize,
    pub(super) cache_capacity: usize,
    pub(super) connect_timeout: Duration,
    pub(super) response_timeout: Duration,
    pub(super) grace: Duration,
    pub(super) decide: Cow<'static, str>,
    pub(super) join: Cow<'static, str>,
}

/// The deployment of Redis.
#[derive(Clone)]
pub(super) enum Topology {
    Single(String),
    Sentinel { sentinels: Vec<String>, master: String, node: String },
    Cluster(Vec<String>),
}

/// Invalid settings. Never repeats the URL: it may contain a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRedis {
    /// A URL of no known form.
    #[error(
        "the Redis URL must be redis://HOST:PORT/DB, rediss://… for TLS, redis+sentinel://HOST:PORT,HOST:PORT/MASTER/DB or \
         redis+cluster://HOST:PORT,HOST:PORT, with USER:PASSWORD@ before the hosts where it is needed"
    )]
    Url,
    /// No certificates, or a URL that cannot use them.
    #[error(
        "certificates of authorities must be in PEM, and go with rediss:// to one server; a cluster and Sentinels are trusted \
         by public authorities only"
    )]
    Authorities,
    /// An invalid prefix.
    #[error("the prefix of keys must be 1 to 20 of a-z, 0-9, `-`, `_`, `.`")]
    Prefix,
}

impl RedisSettings {
    /// Settings from a URL: `redis://` and `rediss://` (TLS) for one server, `redis+sentinel://H:P,H:P/MASTER/DB` for a
    /// master under Sentinel, `redis+cluster://H:P,H:P` for a cluster; the latter two with `rediss+` for TLS.
    ///
    /// # Errors
    /// [`InvalidRedis::Url`].
    pub fn from_url(url: &str) -> Result<Self, InvalidRedis> {
        Ok(Self {
            topology: topology(url)?,
            authorities: None,
            prefix: "rl1".to_owned(),
            connections: std::thread::available_parallelism().map_or(1, |cores| cores.get().min(16)),
            batch: 256,
            pending: 4_096,
            cache_capacity: 65_536,
            connect_timeout: Duration::from_millis(500),
            response_timeout: Duration::from_millis(500),
            grace: Duration::from_millis(300),
            decide: Cow::Borrowed(DECIDE),
            join: Cow::Borrowed(JOIN),
        })
    }

    /// Trusts these authorities, certificates in PEM, instead of the public ones: for a server with a certificate of a
    /// private authority.
    ///
    /// # Errors
    /// [`InvalidRedis::Authorities`] without a certificate, or when the URL is not that of one server with TLS.
    pub fn authorities(mut self, pem: Vec<u8>) -> Result<Self, InvalidRedis> {
        let Topology::Single(url) = &self.topology else { return Err(InvalidRedis::Authorities) };
        let begin = b"-----BEGIN CERTIFICATE-----";
        if !url.starts_with("rediss://") || !pem.windows(begin.len()).any(|part| part == begin) {
            return Err(InvalidRedis::Authorities);
        }
        self.authorities = Some(pem);
        Ok(self)
    }

    /// The prefix of every key: separates two systems in one Redis. Default `rl1`.
    ///
    /// # Errors
    /// [`InvalidRedis::Prefix`].
    pub fn prefix(mut self, prefix: &str) -> Result<Self, InvalidRedis> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
        if prefix.is_empty() || prefix.len() > 20 || !prefix.bytes().all(allowed) {
            return Err(InvalidRedis::Prefix);
        }
        self.prefix = prefix.to_owned();
        Ok(self)
    }

    /// Number of connections, 1 to 256; default one for each core, at most 16. Each thread uses one of them.
    #[must_use]
    pub fn connections(mut self, count: usize) -> Self {
        self.connections = count.clamp(1, 256);
        self
    }

    /// Maximum number of calls in one batch, 1 to 1,000; default 256.
    #[must_use]
    pub fn batch(mut self, calls: usize) -> Self {
        self.batch = calls.clamp(1, 1_000);
        self
    }

    /// Maximum number of calls queued on one connection before further ones fail at once; default 4,096.
    #[must_use]
    pub fn pending(mut self, calls: usize) -> Self {
        self.pending = calls.clamp(1, 1_000_000);
        self
    }

    /// Keys that a replica caches, for local refusals and to restore Redis after a loss; default 65,536 (6 MB).
    #[must_use]
    pub fn cache_capacity(mut self, keys: usize) -> Self {
        self.cache_capacity = keys.clamp(64, 1 << 24);
        self
    }

    /// Connect timeout, and response timeout after which the connection is dropped; both 500 ms by default. The guard
    /// has its own deadline for decisions.
    #[must_use]
    pub fn timeouts(mut self, connect: Duration, response: Duration) -> Self {
        self.connect_timeout = connect;
        self.response_timeout = response;
        self
    }

    /// Grace period after Redis lost its state, in which the replicas restore it, before it decides again; at most 5 s,
    /// default 300 ms. If too short, a replica that is slow to reconnect restores its keys too late.
    #[must_use]
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace.min(Duration::from_secs(5));
        self
    }

    /// Replaces [`DECIDE`] and [`JOIN`]: by the same scripts with additional logging.
    #[cfg(feature = "testing")]
    #[must_use]
    pub fn scripts(mut self, decide: String, join: String) -> Self {
        self.decide = Cow::Owned(decide);
        self.join = Cow::Owned(join);
        self
    }

    /// Number of shards that keys are spread over, each in one slot of a cluster.
    pub fn shards(&self) -> u16 {
        if matches!(self.topology, Topology::Cluster(_)) { 64 } else { 1 }
    }
}

fn topology(url: &str) -> Result<Topology, InvalidRedis> {
    let (scheme, rest) = url.trim().split_once("://").ok_or(InvalidRedis::Url)?;
    let (scheme, form) = scheme.split_once('+').unwrap_or((scheme, ""));
    if !matches!(scheme, "redis" | "rediss") || rest.is_empty() {
        return Err(InvalidRedis::Url);
    }
    // A password may hold an `@` only percent-encoded, so the last one ends the user part.
    let (user, rest) = rest.rsplit_once('@').map_or(("", rest), |(user, rest)| (user, rest));
    let credentials = if user.is_empty() { String::new() } else { format!("{user}@") };
    let (hosts, path) = rest.split_once('/').unwrap_or((rest, ""));
    let each = |user: &str| hosts.split(',').map(|host| format!("{scheme}://{user}{host}")).collect::<Vec<_>>();
    let topology = match form {
        "" => Topology::Single(format!("{scheme}://{credentials}{rest}")),
        "cluster" => Topology::Cluster(each(&credentials)),
        "sentinel" => {
            let (master, db) = path.split_once('/').unwrap_or((path, "0"));
            if master.is_empty() || !db.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(InvalidRedis::Url);
            }
            // The user part is for the server; Sentinels are queried without credentials.
            let node = format!("{scheme}://{credentials}localhost/{db}");
            Topology::Sentinel { sentinels: each(""), master: master.to_owned(), node }
        }
        _ => return Err(InvalidRedis::Url),
    };
    let urls: Vec<&String> = match &topology {
        Topology::Single(url) => vec![url],
        Topology::Sentinel { sentinels, node, .. } => sentinels.iter().chain([node]).collect(),
        Topology::Cluster(urls) => urls.iter().collect(),
    };
    let is_valid = |url: &&String| deadpool_redis::redis::parse_redis_url(url).is_some();
    if urls.iter().all(is_valid) { Ok(topology) } else { Err(InvalidRedis::Url) }
}

/// Omits the URL, which may contain a password.
impl std::fmt::Debug for RedisSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let form = match self.topology {
            Topology::Single(_) => "single",
            Topology::Sentinel { .. } => "sentinel",
            Topology::Cluster(_) => "cluster",
        };
        f.debug_struct("RedisSettings").field("form", &form).field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

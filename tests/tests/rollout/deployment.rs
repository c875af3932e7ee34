//! A server deployment on one machine: PostgreSQL, Redis, three replicas of movies-api, two of auth-service, one
//! captcha-service, and nginx.

use std::time::Duration;

use limiter_lib::testing::RedisServer;
use service_kit::testing::eventually;
use tests::postgres::Postgres;
use tests::process::Process;
use tests::proxy::{Proxy, free_addresses};
use tests::services::Service;

const BOUND: Duration = Duration::from_secs(60);
const SECRET: &str = "a-secret-between-services-of-the-story";
/// Longer than nginx keeps idle connections ([`IDLE`]).
const SHUTDOWN_DELAY: &str = "2500ms";
/// Longer than any start: nginx is refused until a replica is ready.
const START_DELAY: &str = "1min";
/// Keep-alive timeout of nginx's idle upstream connections.
const IDLE: &str = "1500ms";

type Variables = Vec<(&'static str, String)>;

/// One replica of a service, at a fixed address.
pub struct Replica {
    name: &'static str,
    variables: Variables,
    /// Its current process.
    pub service: Service,
}

impl Replica {
    fn start(name: &'static str, variables: Variables) -> Self {
        let service = Service::start(name, &variables);
        Self { name, variables, service }
    }

    /// Stops it like a roll-out, waits until it has ended, and starts it again.
    pub async fn replace(&mut self) {
        self.service.process.signal("TERM");
        let status = self.service.process.wait(BOUND);
        assert!(status.success(), "{} ends well: {status}\n{}", self.name, self.service.process.output().join("\n"));
        self.service = Service::start(self.name, &self.variables);
        self.ready().await;
    }

    /// Waits until it listens and is ready.
    async fn ready(&self) {
        let listens = async || tokio::net::TcpStream::connect(&self.service.address).await.is_ok();
        eventually("the replica listens", BOUND, listens).await;
        self.service.ready().await;
    }
}

/// The whole deployment.
pub struct Deployment {
    /// The public address.
    pub proxy: Proxy,
    /// The replicas of auth-service.
    pub auths: Vec<Replica>,
    /// The replicas of movies-api.
    pub movies: Vec<Replica>,
    _captcha: Replica,
    _redis: RedisServer,
    _postgres: Postgres,
    folder: tempfile::TempDir,
    auth_variables: Variables,
    movies_variables: Variables,
}

impl Deployment {
    /// Starts everything on empty databases, each migrated by `migrators` concurrent processes.
    pub async fn start(migrators: usize) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (postgres, redis) = (Postgres::find(), RedisServer::start());
        let [auth_0, auth_1, movies_0, movies_1, movies_2, captcha] = free_addresses();
        let (auths, movies) = ([auth_0, auth_1], [movies_0, movies_1, movies_2]);
        let proxy = Proxy::start(&[
            ("AUTH_SERVERS", auths.join(" ")),
            ("MOVIES_SERVERS", movies.join(" ")),
            ("CAPTCHA_SERVERS", captcha.clone()),
            ("NGINX_UPSTREAM_IDLE", IDLE.to_owned()),
            ("NGINX_TRUSTED_PROXIES", "127.0.0.1".to_owned()),
        ]);
        let data = folder.path().display().to_string();
        let captcha = Replica::start("captcha-service", captcha_variables(&data, &captcha, &redis.url()));
        let auth_variables = auth_variables(&data, &proxy.inside, &postgres.database("rollout").await, &redis.url());
        let movies_variables =
            movies_variables(&data, &proxy.inside, &postgres.database("rollout").await, &redis.url());
        run("auth-service", &["create-key"], &auth_variables, 1);
        run("auth-service", &["migrate"], &auth_variables, migrators);
        run("movies-api", &["migrate"], &movies_variables, migrators);
        let start = |name, variables: &Variables, listen, address: &String| {
            Replica::start(name, variables.iter().cloned().chain([(listen, address.clone())]).collect())
        };
        let auths: Vec<_> =
            auths.iter().map(|address| start("auth-service", &auth_variables, "AUTH_LISTEN", address)).collect();
        let movies: Vec<_> =
            movies.iter().map(|address| start("movies-api", &movies_variables, "MOVIES_LISTEN", address)).collect();
        for replica in auths.iter().chain(&movies).chain([&captcha]) {
            replica.ready().await;
        }
        let (_captcha, _redis, _postgres) = (captcha, redis, postgres);
        Self { proxy, auths, movies, _captcha, _redis, _postgres, folder, auth_variables, movies_variables }
    }

    /// Starts an auth-service without captcha, to create accounts.
    pub async fn registrar(&self) -> Service {
        let mut variables = self.auth_variables.clone();
        variables.retain(|(name, _)| *name != "AUTH_CAPTCHA_URL");
        variables.push(("AUTH_LISTEN", "127.0.0.1:0".to_owned()));
        let replica = Replica::start("auth-service", variables);
        replica.ready().await;
        replica.service
    }

    /// Runs `migrate` of both services, by two concurrent processes each.
    pub fn migrate_again(&self) {
        run("auth-service", &["migrate"], &self.auth_variables, 2);
        run("movies-api", &["migrate"], &self.movies_variables, 2);
    }

    /// Creates a key that becomes active soon.
    pub fn rotate_key(&self) {
        run("auth-service", &["create-key", "--activate-in", "4s"], &self.auth_variables, 1);
        let keys = std::fs::read_dir(self.folder.path().join("keys")).expect("the folder is there");
        let is_key = |name: &str| name.ends_with(".pem");
        let count =
            keys.filter(|entry| entry.as_ref().is_ok_and(|entry| entry.file_name().to_str().is_some_and(is_key)));
        assert_eq!(count.count(), 2);
    }
}

/// Runs a command of a service in `count` concurrent processes; all of them must succeed.
fn run(name: &str, arguments: &[&str], variables: &Variables, count: usize) {
    let mut processes: Vec<_> = (0..count).map(|_| Process::start(name, arguments, variables)).collect();
    for process in &mut processes {
        let status = process.wait(BOUND);
        assert!(status.success(), "{name} {arguments:?}: {status}\n{}", process.output().join("\n"));
    }
}

fn captcha_variables(data: &str, listen: &str, redis: &str) -> Variables {
    vec![
        ("CAPTCHA_DATA_DIR", data.to_owned()),
        ("CAPTCHA_LISTEN", listen.to_owned()),
        ("CAPTCHA_REDIS_URL", redis.to_owned()),
        ("CAPTCHA_TRUSTED_PROXIES", "127.0.0.1".to_owned()),
        ("CAPTCHA_SERVICE_CLIENTS", format!("auth-service={SECRET}")),
        ("CAPTCHA_SITES", format!("tv={SECRET}")),
        ("CAPTCHA_KEYS", SECRET.to_owned()),
        ("CAPTCHA_RISK", "shadow".to_owned()), // test programs sign in, without a captcha
    ]
}

fn auth_variables(data: &str, inside: &str, database: &str, redis: &str) -> Variables {
    vec![
        ("AUTH_DATA_DIR", data.to_owned()),
        ("AUTH_DATABASE_URL", database.to_owned()),
        ("AUTH_REDIS_URL", redis.to_owned()),
        ("AUTH_SERVICE_CLIENTS", format!("movies-api={SECRET}")),
        ("AUTH_CAPTCHA_URL", format!("http://{inside}")),
        ("AUTH_CAPTCHA_SECRET", SECRET.to_owned()),
        ("AUTH_CAPTCHA_CLIENT_SECRET", SECRET.to_owned()),
        ("AUTH_TRUSTED_PROXIES", "127.0.0.1".to_owned()),
        ("AUTH_START_DELAY", START_DELAY.to_owned()),
        ("AUTH_SHUTDOWN_DELAY", SHUTDOWN_DELAY.to_owned()),
    ]
}

fn movies_variables(data: &str, inside: &str, database: &str, redis: &str) -> Variables {
    vec![
        ("MOVIES_DATA_DIR", data.to_owned()),
        ("MOVIES_DATABASE_URL", database.to_owned()),
        ("MOVIES_REDIS_URL", redis.to_owned()),
        ("MOVIES_AUTH_URL", format!("http://{inside}")),
        ("MOVIES_AUTH_CLIENT_SECRET", SECRET.to_owned()),
        ("MOVIES_AUTH_TIMEOUT", "5s".to_owned()), // a busy machine must not cause timeouts
        ("MOVIES_TRUSTED_PROXIES", "127.0.0.1".to_owned()),
        ("MOVIES_START_DELAY", START_DELAY.to_owned()),
        ("MOVIES_SHUTDOWN_DELAY", SHUTDOWN_DELAY.to_owned()),
    ]
}

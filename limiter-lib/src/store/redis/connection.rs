//! One long-lived connection, taken from a pool of deadpool-redis and never given back.
//!
//! A pool that is asked for every decision costs several times the decision itself: it sends two commands and waits
//! before each loan. Here it is only where connections are made.

use std::time::Duration;

use deadpool_redis::{
    Manager, Pool, cluster,
    redis::{
        AsyncConnectionConfig, Client, Cmd, ConnectionInfo, IntoConnectionInfo, RedisResult, TlsCertificates, Value,
        aio::{ConnectionLike, MultiplexedConnection},
        cluster_async::ClusterConnection,
        io::tcp::TcpSettings,
    },
    sentinel::{self, SentinelNodeConnectionInfo, SentinelServerType},
};
use tokio::time::timeout;

use super::settings::{InvalidRedis, RedisSettings, Topology};
use crate::store::StoreError;

/// Makes connections, to whatever form of Redis the settings name. For other stores of ours as well.
pub struct ConnectionFactory {
    pool: Kind,
    connect_timeout: Duration,
    response_timeout: Duration,
}

enum Kind {
    Single(Pool),
    Sentinel(sentinel::Pool),
    Cluster(cluster::Pool),
}

/// A connection that many calls share at once. Cheap to clone.
#[derive(Clone)]
pub enum RedisConnection {
    /// To one server.
    One(MultiplexedConnection),
    /// To all servers of a cluster.
    Cluster(ClusterConnection),
}

impl ConnectionFactory {
    /// Nothing is connected yet.
    ///
    /// # Errors
    /// Settings that the driver refuses.
    pub fn new(settings: &RedisSettings) -> Result<Self, InvalidRedis> {
        let pool = Self::pool(settings).map_err(|_| InvalidRedis::Url)?;
        Ok(Self { pool, connect_timeout: settings.connect_timeout, response_timeout: settings.response_timeout })
    }

    /// As large as there are lanes: what is taken leaves the pool, so this bounds connections being made.
    fn pool(settings: &RedisSettings) -> Result<Kind, Box<dyn std::error::Error>> {
        let size = settings.connections;
        Ok(match &settings.topology {
            Topology::Single(url) => {
                let config = AsyncConnectionConfig::new()
                    .set_connection_timeout(Some(settings.connect_timeout))
                    .set_response_timeout(Some(settings.response_timeout));
                let info = match &settings.authorities {
                    None => info(url)?,
                    Some(pem) => trusting(info(url)?, pem.clone())?,
                };
                let manager = Manager::new_with_config(info, config)?;
                Kind::Single(Pool::builder(manager).max_size(size).build()?)
            }
            Topology::Sentinel { sentinels, master, node } => {
                let manager = sentinel_manager(sentinels, master, node)?;
                Kind::Sentinel(sentinel::Pool::builder(manager).max_size(size).build()?)
            }
            Topology::Cluster(urls) => {
                let nodes = urls.iter().map(|url| info(url)).collect::<RedisResult<Vec<_>>>()?;
                let manager = cluster::Manager::new(nodes, false)?;
                Kind::Cluster(cluster::Pool::builder(manager).max_size(size).build()?)
            }
        })
    }

    /// A new connection, within the time for connecting.
    ///
    /// # Errors
    /// When there is none in time.
    pub async fn connect(&self) -> Result<RedisConnection, StoreError> {
        let make = async {
            match &self.pool {
                Kind::Single(pool) => pool
                    .get()
                    .await
                    .map(|made| RedisConnection::One(deadpool_redis::Connection::take(made)))
                    .map_err(unreachable),
                Kind::Sentinel(pool) => {
                    let mut link = pool.get().await.map(sentinel::Connection::take).map_err(unreachable)?;
                    link.set_response_timeout(self.response_timeout);
                    Ok(RedisConnection::One(link))
                }
                Kind::Cluster(pool) => pool
                    .get()
                    .await
                    .map(|made| RedisConnection::Cluster(cluster::Connection::take(made)))
                    .map_err(unreachable),
            }
        };
        timeout(self.connect_timeout, make).await.unwrap_or(Err(StoreError::Timeout))
    }
}

impl RedisConnection {
    /// Sends a command and waits for its answer; `bound` is how long, where the connection does not know by itself.
    ///
    /// # Errors
    /// When none comes, or the server's answer is an error.
    pub async fn send(&mut self, command: &Cmd, bound: Duration) -> RedisResult<Value> {
        let answer = match self {
            Self::One(link) => link.send_packed_command(command).await,
            Self::Cluster(link) => match timeout(bound, link.req_packed_command(command)).await {
                Ok(answer) => answer,
                Err(elapsed) => Err(std::io::Error::new(std::io::ErrorKind::TimedOut, elapsed).into()),
            },
        };
        answer.and_then(Value::extract_error)
    }
}

/// Nagle's algorithm would hold a batch back until the one before it is acknowledged.
fn info(url: &str) -> RedisResult<ConnectionInfo> {
    Ok(url.into_connection_info()?.set_tcp_settings(TcpSettings::default().set_nodelay(true)))
}

/// The same, trusting these authorities and no others.
fn trusting(info: ConnectionInfo, pem: Vec<u8>) -> RedisResult<ConnectionInfo> {
    let certificates = TlsCertificates { client_tls: None, root_cert: Some(pem) };
    Ok(Client::build_with_tls(info, certificates)?.get_connection_info().clone())
}

fn sentinel_manager(sentinels: &[String], master: &str, node: &str) -> RedisResult<sentinel::Manager> {
    let sentinels = sentinels.iter().map(|url| info(url)).collect::<RedisResult<Vec<_>>>()?;
    let node = deadpool_redis::ConnectionInfo::from(info(node)?);
    let tls = matches!(node.addr, deadpool_redis::ConnectionAddr::TcpTls { .. });
    let node = SentinelNodeConnectionInfo {
        tls_mode: tls.then_some(sentinel::TlsMode::Secure),
        redis_connection_info: Some(node.redis),
    };
    sentinel::Manager::new(sentinels, master.to_owned(), Some(node), SentinelServerType::Master)
}

fn unreachable(error: impl std::fmt::Display) -> StoreError {
    StoreError::Unreachable(error.to_string())
}

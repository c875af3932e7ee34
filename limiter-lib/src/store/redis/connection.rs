//! Long-lived connections, taken from a pool of deadpool-redis and never returned.
//!
//! Checking a connection out of the pool for every decision costs several times the decision itself: the pool sends two
//! commands and waits before each checkout. Here it only creates connections.

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

/// Creates connections to the Redis deployment in the settings. Used by other stores of this project as well.
pub struct ConnectionFactory {
    pool: PoolKind,
    connect_timeout: Duration,
    response_timeout: Duration,
}

enum PoolKind {
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
    /// Settings that the driver rejects.
    pub fn new(settings: &RedisSettings) -> Result<Self, InvalidRedis> {
        let pool = Self::pool(settings).map_err(|_| InvalidRedis::Url)?;
        Ok(Self { pool, connect_timeout: settings.connect_timeout, response_timeout: settings.response_timeout })
    }

    /// As large as the number of connections: a checked-out connection leaves the pool, so this bounds concurrent
    /// connects.
    fn pool(settings: &RedisSettings) -> Result<PoolKind, Box<dyn std::error::Error>> {
        let size = settings.connections;
        Ok(match &settings.topology {
            Topology::Single(url) => {
                let config = AsyncConnectionConfig::new()
                    .set_connection_timeout(Some(settings.connect_timeout))
                    .set_response_timeout(Some(settings.response_timeout));
                let info = match &settings.authorities {
                    None => connection_info(url)?,
                    Some(pem) => with_authorities(connection_info(url)?, pem.clone())?,
                };
                let manager = Manager::new_with_config(info, config)?;
                PoolKind::Single(Pool::builder(manager).max_size(size).build()?)
            }
            Topology::Sentinel { sentinels, master, node } => {
                let manager = sentinel_manager(sentinels, master, node)?;
                PoolKind::Sentinel(sentinel::Pool::builder(manager).max_size(size).build()?)
            }
            Topology::Cluster(urls) => {
                let nodes = urls.iter().map(|url| connection_info(url)).collect::<RedisResult<Vec<_>>>()?;
                let manager = cluster::Manager::new(nodes, false)?;
                PoolKind::Cluster(cluster::Pool::builder(manager).max_size(size).build()?)
            }
        })
    }

    /// A new connection, within the connect timeout.
    ///
    /// # Errors
    /// When it is not established in time.
    pub async fn connect(&self) -> Result<RedisConnection, StoreError> {
        let make = async {
            match &self.pool {
                PoolKind::Single(pool) => pool
                    .get()
                    .await
                    .map(|connection| RedisConnection::One(deadpool_redis::Connection::take(connection)))
                    .map_err(unreachable),
                PoolKind::Sentinel(pool) => {
                    let mut connection = pool.get().await.map(sentinel::Connection::take).map_err(unreachable)?;
                    connection.set_response_timeout(self.response_timeout);
                    Ok(RedisConnection::One(connection))
                }
                PoolKind::Cluster(pool) => pool
                    .get()
                    .await
                    .map(|connection| RedisConnection::Cluster(cluster::Connection::take(connection)))
                    .map_err(unreachable),
            }
        };
        timeout(self.connect_timeout, make).await.unwrap_or(Err(StoreError::Timeout))
    }
}

impl RedisConnection {
    /// Sends a command and waits for its reply; `response_timeout` is for clusters, where the connection has none
    /// itself.
    ///
    /// # Errors
    /// When no reply comes, or it is an error.
    pub async fn send(&mut self, command: &Cmd, response_timeout: Duration) -> RedisResult<Value> {
        let reply = match self {
            Self::One(connection) => connection.send_packed_command(command).await,
            Self::Cluster(connection) => {
                match timeout(response_timeout, connection.req_packed_command(command)).await {
                    Ok(reply) => reply,
                    Err(elapsed) => Err(std::io::Error::new(std::io::ErrorKind::TimedOut, elapsed).into()),
                }
            }
        };
        reply.and_then(Value::extract_error)
    }
}

/// Disables Nagle's algorithm, which would hold a batch back until the previous one is acknowledged.
fn connection_info(url: &str) -> RedisResult<ConnectionInfo> {
    Ok(url.into_connection_info()?.set_tcp_settings(TcpSettings::default().set_nodelay(true)))
}

/// `info` with these certificate authorities as the only trusted ones.
fn with_authorities(info: ConnectionInfo, pem: Vec<u8>) -> RedisResult<ConnectionInfo> {
    let certificates = TlsCertificates { client_tls: None, root_cert: Some(pem) };
    Ok(Client::build_with_tls(info, certificates)?.get_connection_info().clone())
}

fn sentinel_manager(sentinels: &[String], master: &str, node: &str) -> RedisResult<sentinel::Manager> {
    let sentinels = sentinels.iter().map(|url| connection_info(url)).collect::<RedisResult<Vec<_>>>()?;
    let node = deadpool_redis::ConnectionInfo::from(connection_info(node)?);
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

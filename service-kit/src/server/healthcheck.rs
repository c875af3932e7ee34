//! Health check of a service by its own program, for containers with neither a shell nor curl.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use contracts::endpoint::Endpoint;
use contracts::headers::REQUEST_ID;
use contracts::health::{GetLivez, GetReadyz};
use contracts::problem::Problem;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Timeout of the check.
const TIMEOUT: Duration = Duration::from_secs(2);
/// Maximum size of the response, in bytes.
const MAX_RESPONSE: u64 = 64 * 1024;

/// Arguments of the command `healthcheck`.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct HealthcheckArgs {
    /// Check that the process runs (/livez), instead of that it can serve (/readyz).
    #[arg(long)]
    pub live: bool,
}

/// Reason of a failed check, for the health log of a container.
#[derive(Debug, thiserror::Error)]
pub enum HealthcheckError {
    /// The setting is not an address.
    #[error("cannot check {0:?}: it is not an address with a port")]
    InvalidAddress(String),
    /// The setting has port 0, so only the running service knows the port.
    #[error("cannot check {0}: port 0 stands for any free port")]
    DynamicPort(SocketAddr),
    /// The connection was refused or broken.
    #[error("{address} does not answer")]
    Unreachable {
        /// Address that was called.
        address: SocketAddr,
        /// Cause.
        #[source]
        source: std::io::Error,
    },
    /// No response within the timeout.
    #[error("{0} did not answer within {TIMEOUT:?}")]
    Timeout(SocketAddr),
    /// The status of the response was not 200.
    #[error("{path} at {address} answered {answer}")]
    Unhealthy {
        /// Address that was called.
        address: SocketAddr,
        /// Path of the check.
        path: &'static str,
        /// Status and reason.
        answer: String,
    },
}

/// Checks the service on this machine with the listen address `listen`.
///
/// # Errors
/// [`HealthcheckError`] unless it responds 200 within two seconds.
pub async fn check(listen: &str, args: HealthcheckArgs) -> Result<(), HealthcheckError> {
    let address: SocketAddr = listen.trim().parse().map_err(|_| HealthcheckError::InvalidAddress(listen.to_owned()))?;
    if address.port() == 0 {
        return Err(HealthcheckError::DynamicPort(address));
    }
    let address = reachable(address);
    let path = if args.live { GetLivez::PATH } else { GetReadyz::PATH };
    let exchange = tokio::time::timeout(TIMEOUT, exchange(address, path)).await;
    let answer = exchange
        .map_err(|_| HealthcheckError::Timeout(address))?
        .map_err(|source| HealthcheckError::Unreachable { address, source })?;
    match read(&answer) {
        (200, _) => Ok(()),
        (0, _) => Err(HealthcheckError::Unhealthy { address, path, answer: "something that is not HTTP".into() }),
        (status, reason) => Err(HealthcheckError::Unhealthy { address, path, answer: format!("{status}{reason}") }),
    }
}

/// Replaces the unspecified address by loopback, which can be called.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
            SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        });
    }
    address
}

/// Sends one plain request: a client with TLS would load certificates for a call that never leaves the machine.
async fn exchange(address: SocketAddr, path: &str) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address).await?;
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n{REQUEST_ID}: healthcheck\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(MAX_RESPONSE).read_to_end(&mut answer).await?;
    Ok(answer)
}

/// Status, and the reason from the problem document; status 0 when this is not HTTP.
fn read(answer: &[u8]) -> (u16, String) {
    let text = String::from_utf8_lossy(answer);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.strip_prefix("HTTP/1.").and_then(|line| line.split(' ').nth(1)?.parse().ok()).unwrap_or(0);
    let reason = serde_json::from_str::<Problem>(body).map(|problem| match problem.detail {
        Some(detail) => format!(" ({}): {detail}", problem.code),
        None => format!(" ({})", problem.code),
    });
    (status, reason.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unspecified_address_is_called_on_loopback_and_others_as_they_are() {
        for (listen, expected) in
            [("0.0.0.0:8001", "127.0.0.1:8001"), ("[::]:8001", "[::1]:8001"), ("10.1.2.3:8001", "10.1.2.3:8001")]
        {
            assert_eq!(reachable(listen.parse().expect("it is there")), expected.parse().expect("it is there"));
        }
    }

    #[test]
    fn the_reason_of_a_problem_is_shown_and_non_http_is_recognized() {
        let problem = br#"{"type":"x","title":"t","status":503,"detail":"database: down","code":"server.unavailable","request_id":"r"}"#;
        let answer = [b"HTTP/1.1 503 Service Unavailable\r\n\r\n".as_slice(), problem].concat();
        assert_eq!(read(&answer), (503, " (server.unavailable): database: down".to_owned()));
        assert_eq!(read(b"HTTP/1.1 200 OK\r\n\r\n{}"), (200, String::new()));
        assert_eq!(read(b"SSH-2.0-OpenSSH").0, 0);
        assert_eq!(read(b"").0, 0);
    }
}

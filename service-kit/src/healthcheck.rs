//! A service asking itself how it is: what a container's health check runs, where there is neither a shell nor curl.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use contracts::endpoint::Endpoint;
use contracts::headers::REQUEST_ID;
use contracts::health::{GetLivez, GetReadyz};
use contracts::problem::Problem;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How long asking may take in all.
const BOUND: Duration = Duration::from_secs(2);
/// The largest answer that is read, in bytes.
const MAX_ANSWER: u64 = 64 * 1024;

/// What to ask.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct HealthcheckArgs {
    /// Ask whether the process runs (/livez), instead of whether it can serve (/readyz).
    #[arg(long)]
    pub live: bool,
}

/// Why the service is not well, for whoever reads the health log of a container.
#[derive(Debug, thiserror::Error)]
pub enum HealthcheckError {
    /// The setting is no address.
    #[error("cannot ask {0:?}: it is no address with a port")]
    NoAddress(String),
    /// Port 0 means that the port is known to the running service alone.
    #[error("cannot ask {0}: the service took a free port")]
    AnyPort(SocketAddr),
    /// Nobody listens, or the connection broke.
    #[error("{address} does not answer")]
    Silent {
        /// Who was asked.
        address: SocketAddr,
        /// What happened.
        #[source]
        source: std::io::Error,
    },
    /// The time was up.
    #[error("{0} did not answer within {BOUND:?}")]
    Late(SocketAddr),
    /// It answered, and not with 200.
    #[error("{path} at {address} answered {answer}")]
    Refused {
        /// Who was asked.
        address: SocketAddr,
        /// What was asked.
        path: &'static str,
        /// Status and reason.
        answer: String,
    },
}

/// Asks the service that was told to listen on `listen`, on this machine.
///
/// # Errors
/// [`HealthcheckError`] unless it answers 200 within two seconds.
pub async fn check(listen: &str, args: HealthcheckArgs) -> Result<(), HealthcheckError> {
    let address: SocketAddr = listen.trim().parse().map_err(|_| HealthcheckError::NoAddress(listen.to_owned()))?;
    if address.port() == 0 {
        return Err(HealthcheckError::AnyPort(address));
    }
    let address = reachable(address);
    let path = if args.live { GetLivez::PATH } else { GetReadyz::PATH };
    let exchange = tokio::time::timeout(BOUND, exchange(address, path)).await;
    let answer = exchange
        .map_err(|_| HealthcheckError::Late(address))?
        .map_err(|source| HealthcheckError::Silent { address, source })?;
    match read(&answer) {
        (200, _) => Ok(()),
        (0, _) => Err(HealthcheckError::Refused { address, path, answer: "something that is not HTTP".into() }),
        (status, reason) => Err(HealthcheckError::Refused { address, path, answer: format!("{status}{reason}") }),
    }
}

/// "On all addresses" is no address to call; loopback is one of them.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
            SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        });
    }
    address
}

/// One request by hand: a client with TLS would load certificates for a call that leaves the machine never.
async fn exchange(address: SocketAddr, path: &str) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address).await?;
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n{REQUEST_ID}: healthcheck\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(MAX_ANSWER).read_to_end(&mut answer).await?;
    Ok(answer)
}

/// Status, and the reason that the problem document gives; status 0 when this is no HTTP.
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
    fn all_addresses_are_asked_at_loopback_and_others_where_they_are() {
        for (listen, asked) in
            [("0.0.0.0:8001", "127.0.0.1:8001"), ("[::]:8001", "[::1]:8001"), ("10.1.2.3:8001", "10.1.2.3:8001")]
        {
            assert_eq!(reachable(listen.parse().expect("it is there")), asked.parse().expect("it is there"));
        }
    }

    #[test]
    fn the_reason_of_a_problem_is_shown_and_what_is_no_http_is_told_apart() {
        let problem = br#"{"type":"x","title":"t","status":503,"detail":"database: away","code":"server.unavailable","request_id":"r"}"#;
        let answer = [b"HTTP/1.1 503 Service Unavailable\r\n\r\n".as_slice(), problem].concat();
        assert_eq!(read(&answer), (503, " (server.unavailable): database: away".to_owned()));
        assert_eq!(read(b"HTTP/1.1 200 OK\r\n\r\n{}"), (200, String::new()));
        assert_eq!(read(b"SSH-2.0-OpenSSH").0, 0);
        assert_eq!(read(b"").0, 0);
    }
}

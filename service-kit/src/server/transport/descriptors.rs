//! File descriptors: raises their limit and derives the bounds of connections.

use std::sync::OnceLock;

use limiter_lib::actix::Networks;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::connections::Connections;

/// Upper bound of the soft limit that is requested.
const MAX_OPEN_FILES: u64 = 65_536;
/// Upper bound of connections per server, however many descriptors there are: each needs about 20 KB.
const MAX_CONNECTIONS: usize = 10_000;
/// Default of connections per address; fewer where the server has few in total.
const MAX_PER_ADDRESS: usize = 1_000;

static OPEN_FILES: OnceLock<usize> = OnceLock::new();

/// Limits on the open connections of a server.
#[derive(Debug, Clone)]
pub struct ConnectionLimits {
    /// Maximum connections per address (IPv6: per /64). Default 1,000, but at most a quarter of all.
    pub per_address: Option<usize>,
    /// Proxies, which are exempt from the bound per address: their connections belong to many clients.
    pub proxies: Networks,
    /// Number of servers in this process; they share its descriptors.
    pub servers: usize,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self { per_address: None, proxies: Networks::default(), servers: 1 }
    }
}

/// The bounds of one server.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ConnectionBounds {
    pub max: usize,
    pub per_address: usize,
    /// Connections above `max` that still get a rejection.
    pub rejected: usize,
}

impl ConnectionBounds {
    pub(crate) fn of(limits: &ConnectionLimits) -> Self {
        Self::within(limits, *OPEN_FILES.get_or_init(raise))
    }

    fn within(limits: &ConnectionLimits, open_files: usize) -> Self {
        let servers = limits.servers.max(1);
        // For databases, calls to other services, files, and connections accepted but not counted yet.
        let reserve = (open_files / 4).clamp(64, 1024);
        let max = (open_files.saturating_sub(reserve) / servers).clamp(16, MAX_CONNECTIONS);
        let per_address = limits.per_address.unwrap_or_else(|| MAX_PER_ADDRESS.min(max / 4));
        Self { max, per_address: per_address.clamp(1, max), rejected: (reserve / 4 / servers).max(4) }
    }

    pub(crate) fn connections(&self, limits: &ConnectionLimits) -> Connections {
        Connections::new(self.max, self.per_address, self.rejected, limits.proxies.clone())
    }
}

/// Raises the soft limit of open files (`ulimit -Sn`) towards the hard one, and returns the result.
fn raise() -> usize {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let (soft, hard) = (current.unwrap_or(u64::MAX), maximum.unwrap_or(u64::MAX)); // none is no limit
    let target = MAX_OPEN_FILES.min(hard).max(soft);
    let raised = match target > soft {
        true => setrlimit(Resource::Nofile, Rlimit { current: Some(target), maximum }),
        false => Ok(()),
    };
    let open_files = if raised.is_ok() { target } else { soft };
    if open_files < 4096 {
        tracing::warn!(open_files, "few files may be open here (ulimit -n), so few connections are accepted");
    }
    usize::try_from(open_files).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(open_files: usize, servers: usize, per_address: Option<usize>) -> (usize, usize, usize) {
        let limits = ConnectionLimits { per_address, servers, ..ConnectionLimits::default() };
        let bounds = ConnectionBounds::within(&limits, open_files);
        (bounds.max, bounds.per_address, bounds.rejected)
    }

    #[test]
    fn connections_stay_below_the_descriptors_of_the_process() {
        assert_eq!(bounds(65_536, 1, None), (10_000, 1_000, 256));
        assert_eq!(bounds(1_024, 1, None), (768, 192, 64));
        assert_eq!(bounds(1_024, 3, None), (256, 64, 21));
        for open_files in [128, 256, 1_024, 4_096, 65_536] {
            for servers in 1..=3 {
                let (max, per_address, rejected) = bounds(open_files, servers, None);
                assert!((max + rejected) * servers < open_files && per_address < max, "{open_files} / {servers}");
            }
        }
    }

    #[test]
    fn the_setting_per_address_is_capped_at_the_total() {
        assert_eq!(bounds(1_024, 1, Some(10)).1, 10);
        assert_eq!(bounds(1_024, 1, Some(100_000)).1, 768);
    }
}

//! File descriptors: as many as the machine allows, and connections bounded below them.

use std::sync::OnceLock;

use limiter_lib::actix::Networks;
use rlimit::Resource;

use super::connections::Connections;

/// More than this is not asked for.
const WANTED: u64 = 65_536;
/// Connections of one server, however many descriptors there are: each holds some 20 KB.
const MAX_CONNECTIONS: usize = 10_000;
/// Connections of one address, unless a setting says otherwise; fewer where there are few in all.
const MAX_PER_ADDRESS: usize = 1_000;

static OPEN_FILES: OnceLock<usize> = OnceLock::new();

/// How many connections a server accepts.
#[derive(Debug, Clone)]
pub struct ConnectionLimits {
    /// Connections of one address (of IPv6: of one /64). Without it 1,000, and no more than a quarter of all.
    pub per_address: Option<usize>,
    /// Proxies whose connections are bounded together only: they belong to many clients.
    pub proxies: Networks,
    /// Servers in this process, which share its descriptors.
    pub servers: usize,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self { per_address: None, proxies: Networks::default(), servers: 1 }
    }
}

/// The bounds of one server.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Bounds {
    pub max: usize,
    pub per_address: usize,
    /// Connections above `max` that get a rejection.
    pub rejected: usize,
}

impl Bounds {
    pub(super) fn of(limits: &ConnectionLimits) -> Self {
        Self::within(limits, *OPEN_FILES.get_or_init(raise))
    }

    fn within(limits: &ConnectionLimits, open_files: usize) -> Self {
        let servers = limits.servers.max(1);
        // For databases, calls to other services, files, and what is accepted and not counted yet.
        let reserve = (open_files / 4).clamp(64, 1024);
        let max = (open_files.saturating_sub(reserve) / servers).clamp(16, MAX_CONNECTIONS);
        let per_address = limits.per_address.unwrap_or_else(|| MAX_PER_ADDRESS.min(max / 4));
        Self { max, per_address: per_address.clamp(1, max), rejected: (reserve / 4 / servers).max(4) }
    }

    pub(super) fn connections(&self, limits: &ConnectionLimits) -> Connections {
        Connections::new(self.max, self.per_address, self.rejected, limits.proxies.clone())
    }
}

/// Raises the soft limit of open files (`ulimit -Sn`) towards the hard one, and returns what there is.
fn raise() -> usize {
    let Ok((soft, hard)) = Resource::NOFILE.get() else { return 1024 };
    let wanted = WANTED.min(hard).max(soft);
    let raised = if wanted > soft { Resource::NOFILE.set(wanted, hard) } else { Ok(()) };
    let open_files = if raised.is_ok() { wanted } else { soft };
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
        let bounds = Bounds::within(&limits, open_files);
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
    fn a_setting_for_one_address_holds_up_to_all_there_are() {
        assert_eq!(bounds(1_024, 1, Some(10)).1, 10);
        assert_eq!(bounds(1_024, 1, Some(100_000)).1, 768);
    }
}

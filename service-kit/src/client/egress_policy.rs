//! SSRF guard: addresses that calls to external hosts may connect to.
//!
//! A foreign URL may name anything: services of this machine, the network around it, the metadata service of a cloud.
//! Names are resolved here and only the resolved addresses are connected to, so a name that resolves differently
//! between check and use (DNS rebinding) gains nothing.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// Reachable addresses. Link-local, unspecified and multicast addresses are never reachable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EgressPolicy {
    /// The public Internet only.
    Public,
    /// Also this machine and private networks.
    Private,
}

impl EgressPolicy {
    /// `true` when an address may be connected to.
    pub fn allows(self, address: IpAddr) -> bool {
        let address = unmapped(address);
        !is_always_blocked(address) && (self == Self::Private || !is_private(address))
    }

    /// `true` when the host of a URL may be called, by its text. Names are checked again after their resolution.
    pub fn allows_host(self, url: &Url) -> bool {
        match url.host() {
            Some(Host::Ipv4(address)) => self.allows(address.into()),
            Some(Host::Ipv6(address)) => self.allows(address.into()),
            Some(Host::Domain(name)) => self == Self::Private || !is_this_machine(name),
            None => false,
        }
    }

    /// `true` when the text of a URL names this machine or a private network, which is never accidental.
    pub fn is_private_host(url: &Url) -> bool {
        match url.host() {
            Some(Host::Ipv4(address)) => is_private(address.into()),
            Some(Host::Ipv6(address)) => is_private(unmapped(address.into())),
            Some(Host::Domain(name)) => is_this_machine(name),
            None => false,
        }
    }
}

fn is_this_machine(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name.eq_ignore_ascii_case("localhost") || name.to_ascii_lowercase().ends_with(".localhost")
}

/// IPv4 address embedded in an IPv6 one: mapped (RFC 4291 §2.5.5.2) or translated (RFC 6052 §2.1).
fn unmapped(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    let translated = match v6.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low))),
        _ => None,
    };
    v6.to_ipv4_mapped().or(translated).map_or(address, IpAddr::V4)
}

/// Addresses without legitimate external services, among them the metadata services of clouds.
fn is_always_blocked(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            v4.is_link_local() || v4.is_multicast() || v4.is_broadcast() || v4.octets()[0] == 0 || v4.octets()[0] >= 240
        }
        IpAddr::V6(v6) => v6.is_unspecified() || v6.is_multicast() || v6.is_unicast_link_local(),
    }
}

fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let shared = v4.octets()[0] == 100 && v4.octets()[1] & 0xc0 == 64; // RFC 6598
            v4.is_loopback() || v4.is_private() || shared
        }
        IpAddr::V6(v6) => v6 == Ipv6Addr::LOCALHOST || v6.is_unique_local(),
    }
}

/// Resolves names, and returns only the allowed addresses.
#[derive(Debug, Clone, Copy)]
pub(super) struct FilteringResolver(pub EgressPolicy);

impl Resolve for FilteringResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let policy = self.0;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let allowed: Vec<_> = found.iter().copied().filter(|address| policy.allows(address.ip())).collect();
            if allowed.is_empty() && !found.is_empty() {
                return Err(io::Error::new(io::ErrorKind::PermissionDenied, "address out of reach").into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(host: &str) -> Url {
        Url::parse(&format!("http://{host}/")).expect("a URL")
    }

    #[test]
    fn metadata_services_are_unreachable_in_every_spelling() {
        let spellings = [
            "169.254.169.254",
            "0xa9.0xfe.0xa9.0xfe",
            "2852039166",
            "[::ffff:169.254.169.254]",
            "[64:ff9b::a9fe:a9fe]",
            "[fe80::1]",
            "0.0.0.0",
            "0",
            "[::]",
            "224.0.0.1",
            "[ff02::1]",
            "255.255.255.255",
        ];
        for host in spellings {
            assert!(!EgressPolicy::Private.allows_host(&url(host)), "{host}");
        }
    }

    #[test]
    fn private_networks_are_reachable_with_the_private_policy_only() {
        for host in
            ["127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "100.64.0.1", "[::1]", "[fd00::1]", "localhost"]
        {
            assert!(!EgressPolicy::Public.allows_host(&url(host)), "{host}");
            assert!(
                EgressPolicy::Private.allows_host(&url(host)) && EgressPolicy::is_private_host(&url(host)),
                "{host}"
            );
        }
        for host in ["8.8.8.8", "[2001:4860:4860::8888]", "accounts.example.org"] {
            assert!(
                EgressPolicy::Public.allows_host(&url(host)) && !EgressPolicy::is_private_host(&url(host)),
                "{host}"
            );
        }
    }

    #[tokio::test]
    async fn a_name_is_checked_by_its_addresses() {
        let name = || "localhost".parse::<Name>().expect("a name");
        let refused = FilteringResolver(EgressPolicy::Public).resolve(name()).await.err().expect("out of reach");
        assert!(
            refused.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::PermissionDenied)
        );
        assert!(FilteringResolver(EgressPolicy::Private).resolve(name()).await.expect("addresses").next().is_some());
    }
}

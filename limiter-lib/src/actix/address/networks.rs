//! Lists of networks, as written in settings.

use std::{net::IpAddr, str::FromStr};

use ipnet::{IpNet, Ipv4Net};

/// Networks such as `10.0.0.0/8, 2001:db8::/32, 192.0.2.7`; a single address is a network of one.
///
/// IPv4 in IPv6 (`::ffff:10.0.0.0/104`) means the IPv4 network, as an address written so means the IPv4 address.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Networks(Vec<IpNet>);

/// An invalid list of networks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither a network like `10.0.0.0/8` nor an address")]
pub struct InvalidNetworks(String);

impl Networks {
    /// Loopback and the private ranges (RFC 1918, RFC 4193): for proxies, where no client is in the same private
    /// network.
    pub fn private() -> Self {
        let ranges = ["127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"];
        ranges.iter().filter_map(|range| range.parse::<IpNet>().ok()).collect()
    }

    /// `true` when `address` is in one of them.
    pub fn contains(&self, address: IpAddr) -> bool {
        !self.0.is_empty() && {
            let address = address.to_canonical();
            self.0.iter().any(|network| network.contains(&address))
        }
    }

    /// `true` when there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<IpNet> for Networks {
    fn from_iter<T: IntoIterator<Item = IpNet>>(networks: T) -> Self {
        Self(networks.into_iter().map(canonical).collect())
    }
}

/// Separated by commas or blanks; an empty text is no network.
impl FromStr for Networks {
    type Err = InvalidNetworks;

    fn from_str(text: &str) -> Result<Self, InvalidNetworks> {
        let parts = text.split([',', ' ', '\t']).filter(|part| !part.is_empty());
        parts.map(network).collect()
    }
}

fn network(text: &str) -> Result<IpNet, InvalidNetworks> {
    let address = || text.parse::<IpAddr>().ok().map(IpNet::from);
    text.parse().ok().or_else(address).ok_or_else(|| InvalidNetworks(text.chars().take(80).collect()))
}

/// Networks within `::ffff:0:0/96`, as IPv4.
fn canonical(network: IpNet) -> IpNet {
    let IpNet::V6(v6) = network else { return network };
    let v4 = v6.network().to_ipv4_mapped().zip(v6.prefix_len().checked_sub(96));
    v4.and_then(|(address, bits)| Ipv4Net::new(address, bits).ok()).map_or(network, IpNet::V4)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on should fail")]
mod tests {
    use super::*;

    #[test]
    fn a_list_may_hold_networks_and_addresses() {
        let networks: Networks = "10.0.0.0/8, 192.0.2.7 2001:db8::/32,".parse().unwrap();
        for inside in ["10.255.0.1", "192.0.2.7", "2001:db8:ffff::1", "::ffff:10.1.1.1"] {
            assert!(networks.contains(inside.parse().unwrap()), "{inside}");
        }
        for outside in ["11.0.0.1", "192.0.2.8", "2001:db9::1", "::1"] {
            assert!(!networks.contains(outside.parse().unwrap()), "{outside}");
        }
    }

    #[test]
    fn a_mapped_network_is_the_ipv4_one() {
        let networks: Networks = "::ffff:10.0.0.0/104".parse().unwrap();
        assert_eq!(networks, "10.0.0.0/8".parse().unwrap());
    }

    #[test]
    fn nonsense_is_named() {
        assert_eq!("10.0.0.0/8,ten".parse::<Networks>(), Err(InvalidNetworks("ten".into())));
        assert!("10.0.0.0/33".parse::<Networks>().is_err());
        assert!("".parse::<Networks>().unwrap().is_empty());
    }

    #[test]
    fn private_ranges_are_six() {
        assert_eq!(Networks::private().0.len(), 6);
    }
}

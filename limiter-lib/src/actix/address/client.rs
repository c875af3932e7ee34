//! The client of a request: trusted proxies, and the forwarding header.

use std::net::IpAddr;

use actix_web::dev::ServiceRequest;
use smallvec::SmallVec;

use super::{
    forwarded_chain::{self, MAX_HOPS},
    forwarding_header::ForwardingHeader,
    networks::Networks,
};
use crate::key::Key;

/// Finds the address of the client. By default trusts no proxy.
///
/// ```
/// # use limiter_lib::actix::{ClientAddress, ForwardingHeader};
/// let proxies = "10.0.0.0/8, 2001:db8:1::/48".parse()?;
/// let clients = ClientAddress::trust_proxies(proxies);
/// let peer = Some("10.0.0.1".parse()?);
/// let lines: [&[u8]; 1] = [b"6.6.6.6, 192.0.2.7, 10.3.4.5"];
/// assert_eq!(clients.resolve(peer, &lines), Some("192.0.2.7".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct ClientAddress {
    trust: Trust,
    header: ForwardingHeader,
    v6_prefix: u8,
}

/// The addresses on the path that are proxies.
#[derive(Debug, Clone)]
enum Trust {
    PeerOnly,
    Proxies { networks: Networks, local_socket: bool },
    Hops(usize),
}

impl Default for ClientAddress {
    fn default() -> Self {
        Self::peer()
    }
}

impl ClientAddress {
    /// The peer of the connection: for clients that connect directly.
    pub fn peer() -> Self {
        Self { trust: Trust::PeerOnly, header: ForwardingHeader::default(), v6_prefix: 64 }
    }

    /// The first address from the right that is not one of these proxies.
    pub fn trust_proxies(proxies: Networks) -> Self {
        Self { trust: Trust::Proxies { networks: proxies, local_socket: false }, ..Self::peer() }
    }

    /// The address that the `hops`-th proxy, counted from here, saw; at most [`MAX_HOPS`]. For proxies with addresses
    /// that are not known beforehand.
    ///
    /// Safe only where every request comes through all of them: a client that bypasses a proxy can choose its address.
    pub fn trust_hops(hops: usize) -> Self {
        Self { trust: Trust::Hops(hops.min(MAX_HOPS)), ..Self::peer() }
    }

    /// Trusts a connection without an address as well: a proxy on this machine that connects over a Unix socket.
    #[must_use]
    pub fn trust_local_socket(mut self) -> Self {
        match &mut self.trust {
            Trust::Proxies { local_socket, .. } => *local_socket = true,
            Trust::PeerOnly => self.trust = Trust::Proxies { networks: Networks::default(), local_socket: true },
            Trust::Hops(_) => {}
        }
        self
    }

    /// Reads this header instead of `X-Forwarded-For`.
    #[must_use]
    pub fn header(mut self, header: ForwardingHeader) -> Self {
        self.header = header;
        self
    }

    /// Prefix length of an IPv6 address that identifies a client: 32 to 128 bits, 64 by default, the smallest usual
    /// allocation of one customer. Some have 56 or 48.
    #[must_use]
    pub fn v6_prefix(mut self, bits: u8) -> Self {
        self.v6_prefix = bits.clamp(32, 128);
        self
    }

    /// The address of the client, given the peer of the connection and the lines of the header in their order.
    ///
    /// `None` only for a connection without an address, when no trusted proxy vouched for one. IPv4-mapped addresses
    /// come back as IPv4.
    pub fn resolve(&self, peer: Option<IpAddr>, lines: &[&[u8]]) -> Option<IpAddr> {
        let peer = peer.map(|address| address.to_canonical());
        match &self.trust {
            Trust::PeerOnly => peer,
            Trust::Proxies { networks, local_socket } => {
                let trusted = peer.map_or(*local_socket, |address| networks.contains(address));
                if trusted { forwarded_chain::rightmost_untrusted(networks, peer, self.header, lines) } else { peer }
            }
            Trust::Hops(hops) => forwarded_chain::nth_from_right(*hops, peer, self.header, lines),
        }
    }

    /// The address of the client of `request`.
    pub fn of(&self, request: &ServiceRequest) -> Option<IpAddr> {
        let peer = request.peer_addr().map(|address| address.ip());
        if matches!(self.trust, Trust::PeerOnly) {
            return peer.map(|address| address.to_canonical());
        }
        let values = request.headers().get_all(self.header.name());
        let lines: SmallVec<[&[u8]; 4]> = values.map(|value| value.as_bytes()).collect();
        self.resolve(peer, &lines)
    }

    /// The key of a client: its address, or of an IPv6 address the prefix. All clients without an address share one
    /// key, which no client with an address can get.
    pub fn key(&self, address: Option<IpAddr>) -> Key {
        address_key(address, self.v6_prefix)
    }
}

/// The key of an address, or of its absence.
pub(crate) fn address_key(address: Option<IpAddr>, v6_prefix: u8) -> Key {
    address.map_or_else(|| Key::part("no-address", b""), |address| Key::address(address, v6_prefix))
}

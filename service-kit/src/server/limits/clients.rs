//! Address of the client, resolved by the same rules for all limits and other users.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::header::HeaderValue;
use limiter_lib::Key;
use limiter_lib::actix::{ClientAddress, ForwardingHeader, Networks};

/// Trusted proxies and their forwarding header.
#[derive(Debug, Clone)]
pub struct Clients {
    pub(super) addresses: ClientAddress,
    header: ForwardingHeader,
    proxies: Networks,
}

impl Clients {
    /// Trusts these proxies; with none, the peer of the connection is the client.
    pub fn new(proxies: Networks, header: ForwardingHeader) -> Self {
        let addresses =
            if proxies.is_empty() { ClientAddress::peer() } else { ClientAddress::trust_proxies(proxies.clone()) };
        Self { addresses: addresses.header(header), header, proxies }
    }

    pub(super) fn key(&self, request: &HttpRequest) -> Key {
        self.addresses.key(self.address(request))
    }

    /// `true` when the peer of the connection is a trusted proxy, so that headers it adds can be trusted.
    pub fn comes_from_proxy(&self, request: &HttpRequest) -> bool {
        request.peer_addr().is_some_and(|peer| self.proxies.contains(peer.ip().to_canonical()))
    }

    /// Address of the client of `request`, behind the trusted proxies.
    pub fn address(&self, request: &HttpRequest) -> Option<IpAddr> {
        let name = match self.header {
            ForwardingHeader::XForwardedFor => "x-forwarded-for",
            ForwardingHeader::Forwarded => "forwarded",
        };
        let peer = request.peer_addr().map(|address| address.ip());
        let lines: Vec<&[u8]> = request.headers().get_all(name).map(HeaderValue::as_bytes).collect();
        self.addresses.resolve(peer, &lines)
    }
}

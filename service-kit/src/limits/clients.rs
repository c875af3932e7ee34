//! The address of a client, by the same rules at both gates and wherever else it is wanted.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::header::HeaderValue;
use limiter_lib::Key;
use limiter_lib::actix::{ClientAddress, ForwardingHeader, Networks};

/// Which proxies are believed, and by which header.
#[derive(Debug, Clone)]
pub struct Clients {
    pub(super) addresses: ClientAddress,
    header: ForwardingHeader,
    proxies: Networks,
}

impl Clients {
    /// Believes these proxies; with none, the other end of the connection is the client.
    pub fn new(proxies: Networks, header: ForwardingHeader) -> Self {
        let addresses =
            if proxies.is_empty() { ClientAddress::peer() } else { ClientAddress::trust_proxies(proxies.clone()) };
        Self { addresses: addresses.header(header), header, proxies }
    }

    pub(super) fn key(&self, request: &HttpRequest) -> Key {
        self.addresses.key(self.address(request))
    }

    /// Whether the other end of the connection is one of the proxies, so that what it adds to requests may be believed.
    pub fn comes_from_proxy(&self, request: &HttpRequest) -> bool {
        request.peer_addr().is_some_and(|peer| self.proxies.contains(peer.ip().to_canonical()))
    }

    /// The address of the client of `request`, past the proxies.
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

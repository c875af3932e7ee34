//! The address of a client at the second gate, by the same rules as at the first.

use actix_web::HttpRequest;
use actix_web::http::header::HeaderValue;
use limiter_lib::Key;
use limiter_lib::actix::{ClientAddress, ForwardingHeader, Networks};

/// Which proxies are believed, and by which header.
#[derive(Debug, Clone)]
pub(super) struct Clients {
    pub addresses: ClientAddress,
    header: ForwardingHeader,
}

impl Clients {
    /// Believes these proxies; with none, the other end of the connection is the client.
    pub fn new(proxies: Networks, header: ForwardingHeader) -> Self {
        let addresses = if proxies.is_empty() { ClientAddress::peer() } else { ClientAddress::behind(proxies) };
        Self { addresses: addresses.header(header), header }
    }

    pub fn key(&self, request: &HttpRequest) -> Key {
        let name = match self.header {
            ForwardingHeader::XForwardedFor => "x-forwarded-for",
            ForwardingHeader::Forwarded => "forwarded",
        };
        let peer = request.peer_addr().map(|address| address.ip());
        let lines: Vec<&[u8]> = request.headers().get_all(name).map(HeaderValue::as_bytes).collect();
        self.addresses.key(self.addresses.resolve(peer, &lines))
    }
}

//! Address and region of a request.

use actix_web::HttpRequest;
use actix_web::http::header::HeaderName;
use service_kit::server::limits::Clients;

use accounts::{ClientLocation, RegionCode};

/// Locates clients. Addresses and regions are taken from trusted proxies only.
#[derive(Debug, Clone)]
pub struct ClientLocator {
    clients: Clients,
    region_header: Option<HeaderName>,
}

impl ClientLocator {
    /// `clients` has the rules for addresses; `region_header` is the header in which a trusted proxy sends the region.
    pub fn new(clients: Clients, region_header: Option<HeaderName>) -> Self {
        Self { clients, region_header }
    }

    /// Location of the client that sent `request`.
    pub fn locate(&self, request: &HttpRequest) -> ClientLocation {
        let trusted = self.region_header.as_ref().filter(|_| self.clients.comes_from_proxy(request));
        let region = trusted.and_then(|name| {
            let mut lines = request.headers().get_all(name);
            // With two lines, one may be the client's own.
            let (Some(value), None) = (lines.next(), lines.next()) else { return None };
            RegionCode::parse(value.to_str().ok()?.trim())
        });
        ClientLocation { address: self.clients.address(request), region }
    }
}

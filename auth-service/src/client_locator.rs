//! Where a request comes from, as far as anybody knows.

use actix_web::HttpRequest;
use actix_web::http::header::HeaderName;
use service_kit::limits::Clients;

use crate::domain::ClientLocation;
use crate::domain::regions::RegionCode;

/// Tells the place of a request. Only proxies that are trusted are believed, in addresses as in regions.
#[derive(Debug, Clone)]
pub struct ClientLocator {
    clients: Clients,
    region_header: Option<HeaderName>,
}

impl ClientLocator {
    /// Addresses by the rules of `clients`; regions by the header that a trusted proxy sets, if any does.
    pub fn new(clients: Clients, region_header: Option<HeaderName>) -> Self {
        Self { clients, region_header }
    }

    /// The place of a request.
    pub fn of(&self, request: &HttpRequest) -> ClientLocation {
        let vouched = self.region_header.as_ref().filter(|_| self.clients.comes_from_proxy(request));
        let region = vouched.and_then(|name| {
            let mut lines = request.headers().get_all(name);
            // Two lines, and one of them may be the client's own.
            let (Some(value), None) = (lines.next(), lines.next()) else { return None };
            RegionCode::parse(value.to_str().ok()?.trim())
        });
        ClientLocation { address: self.clients.address(request), region }
    }
}

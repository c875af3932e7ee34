//! Origins of OAuth clients: their scripts may call this service.

use account_flows::{OauthClients, SharedClientTable};
use service_kit::server::OriginSource;

/// Origins of all clients, as last read.
pub struct ClientOrigins(SharedClientTable);

impl ClientOrigins {
    /// Those of these clients.
    pub fn of(clients: &OauthClients) -> Self {
        Self(SharedClientTable::clone(clients.table()))
    }
}

impl OriginSource for ClientOrigins {
    fn is_empty(&self) -> bool {
        self.0.load().origins().is_empty()
    }

    fn contains(&self, origin: &str) -> bool {
        self.0.load().origins().contains(origin)
    }
}

//! Connections between the socket and the HTTP library: bounds on their number, bounds on every wait, heads that are
//! checked before the library reads them, and a listener that stops without losing a request.

mod chunks;
pub(super) mod connection;
pub(super) mod connections;
pub(super) mod descriptors;
pub(super) mod graceful_listener;
mod head;
pub(super) mod rejection;
mod timer;

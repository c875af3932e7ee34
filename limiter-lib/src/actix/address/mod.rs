//! The address of the client behind any number of proxies.
//!
//! A forwarding header is written by all hops: the part on the right by the nearest proxy, the part on the left by the
//! client, who may forge it. So it is read from the right, only when the peer is a trusted proxy, and only until the
//! first address that is not one. An unreadable entry ends the chain at the last address that a trusted proxy vouched
//! for. Hence no client can change its own result or impersonate another client.

mod client;
mod forwarded;
mod forwarded_chain;
mod forwarding_header;
mod networks;
mod node;

pub use client::ClientAddress;
pub(crate) use client::address_key;
pub use forwarded_chain::{MAX_HEADER, MAX_HOPS};
pub use forwarding_header::ForwardingHeader;
pub use networks::{InvalidNetworks, Networks};

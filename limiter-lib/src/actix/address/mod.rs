//! Who is asking, behind however many proxies.
//!
//! A forwarding header is written by everybody on the way: the part on the right by the proxy in front of us, the part on
//! the left by the client, who may write what it likes. So it is read from the right, only when the one that hands it to
//! us is a proxy we trust, and only until the first address that is not one. Whatever cannot be read ends the walk at
//! the last address that a trusted proxy vouched for. Hence nothing a client writes changes the answer, and no client can
//! be taken for another.

mod client;
mod forwarded;
mod forwarded_chain;
mod networks;
mod node;

pub(crate) use client::address_key;
pub use client::{ClientAddress, ForwardingHeader};
pub use forwarded_chain::{MAX_HEADER, MAX_HOPS};
pub use networks::{InvalidNetworks, Networks};

//! The chain of proxies from the peer back to the client, hop by hop.

use std::net::IpAddr;

use super::{forwarded, forwarding_header::ForwardingHeader, networks::Networks, node};

/// Maximum number of bytes that are read of a forwarding header, over all its lines, from the right.
pub const MAX_HEADER: usize = 1_024;
/// Maximum number of proxies in a chain.
pub const MAX_HOPS: usize = 64;

/// The first address from the right that is no proxy, or the last readable one; `peer` is trusted.
pub(super) fn rightmost_untrusted(
    proxies: &Networks,
    peer: Option<IpAddr>,
    header: ForwardingHeader,
    lines: &[&[u8]],
) -> Option<IpAddr> {
    let mut reached = peer;
    for address in Hops::new(header, lines).take(MAX_HOPS) {
        reached = Some(address);
        if !proxies.contains(address) {
            break;
        }
    }
    reached
}

/// The address `count` hops back from the peer, or the last readable one.
pub(super) fn nth_from_right(
    count: usize,
    peer: Option<IpAddr>,
    header: ForwardingHeader,
    lines: &[&[u8]],
) -> Option<IpAddr> {
    Hops::new(header, lines).take(count).last().or(peer)
}

/// The addresses of a header from right to left. Ends at the first entry that is not an address: an empty one,
/// `unknown`, garbage, or a line cut by the bound.
struct Hops<'a> {
    header: ForwardingHeader,
    /// Unread lines; `rest` is the unread part of the last one.
    lines: &'a [&'a [u8]],
    rest: Option<&'a [u8]>,
    budget: usize,
}

impl<'a> Hops<'a> {
    fn new(header: ForwardingHeader, lines: &'a [&'a [u8]]) -> Self {
        Self { header, lines, rest: None, budget: MAX_HEADER }
    }

    /// The next element; `None` at the end, or when it cannot be delimited.
    fn element(&mut self) -> Option<&'a [u8]> {
        let line = match self.rest.take() {
            Some(rest) => rest,
            None => {
                let (last, before) = self.lines.split_last()?;
                self.lines = before;
                last
            }
        };
        let outside = line.len().saturating_sub(self.budget);
        let window = &line[outside..];
        let start = match self.header {
            ForwardingHeader::XForwardedFor => {
                window.iter().rposition(|byte| *byte == b',').map_or(0, |comma| comma + 1)
            }
            ForwardingHeader::Forwarded => forwarded::last_element(window)?,
        };
        if start == 0 && outside > 0 {
            return None;
        }
        self.rest = start.checked_sub(1).map(|end| &line[..outside + end]);
        // A separator, explicit or implied between lines, counts too.
        self.budget = self.budget.saturating_sub(window.len() - start + 1);
        Some(window[start..].trim_ascii())
    }
}

impl Iterator for Hops<'_> {
    type Item = IpAddr;

    fn next(&mut self) -> Option<IpAddr> {
        let element = self.element()?;
        match self.header {
            ForwardingHeader::XForwardedFor => node::x_forwarded_for(element),
            ForwardingHeader::Forwarded => forwarded::client(element),
        }
    }
}

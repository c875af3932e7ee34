//! The way back from the peer to the client, one hop at a time.

use std::net::IpAddr;

use super::{client::ForwardingHeader, forwarded, networks::Networks, node};

/// As many bytes of a forwarding header are read, over all its lines, from the right.
pub const MAX_HEADER: usize = 1_024;
/// As many proxies may stand in a row.
pub const MAX_HOPS: usize = 64;

/// From a trusted peer to the first address that is no proxy, or as far as can be read.
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

/// `count` hops back from the peer, or as far as can be read.
pub(super) fn nth_from_right(
    count: usize,
    peer: Option<IpAddr>,
    header: ForwardingHeader,
    lines: &[&[u8]],
) -> Option<IpAddr> {
    Hops::new(header, lines).take(count).last().or(peer)
}

/// The addresses of a header from right to left. Ends at the first thing that is not an address: an empty entry, `unknown`
/// or garbage, a line that is cut by the bound.
struct Hops<'a> {
    header: ForwardingHeader,
    /// Lines still to be read; what is left of the last one.
    lines: &'a [&'a [u8]],
    rest: Option<&'a [u8]>,
    budget: usize,
}

impl<'a> Hops<'a> {
    fn new(header: ForwardingHeader, lines: &'a [&'a [u8]]) -> Self {
        Self { header, lines, rest: None, budget: MAX_HEADER }
    }

    /// The next element, and whether it could be told apart at all.
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
        // A separator, written or meant between lines, counts too.
        self.budget = self.budget.saturating_sub(window.len() - start + 1);
        Some(window[start..].trim_ascii())
    }
}

impl Iterator for Hops<'_> {
    type Item = IpAddr;

    fn next(&mut self) -> Option<IpAddr> {
        let element = self.element()?;
        match self.header {
            ForwardingHeader::XForwardedFor => node::listed(element),
            ForwardingHeader::Forwarded => forwarded::client(element),
        }
    }
}

//! One address in a forwarding header.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Maximum length of an address with brackets, zone and port.
const MAX_TEXT: usize = 96;

/// An entry of `X-Forwarded-For`: `192.0.2.7`, `192.0.2.7:443`, `2001:db8::7`, `[2001:db8::7]`, `[2001:db8::7]:443`.
pub(super) fn x_forwarded_for(text: &[u8]) -> Option<IpAddr> {
    let text = readable(text)?;
    if text.bytes().filter(|byte| *byte == b':').count() > 1 && !text.starts_with('[') {
        return v6(text);
    }
    with_port(text, port)
}

/// A node of RFC 7239: as above, but IPv6 only in brackets, and the port may be obfuscated (`_p1`). `unknown` and
/// obfuscated hosts are no addresses.
pub(super) fn forwarded(text: &[u8]) -> Option<IpAddr> {
    with_port(readable(text)?, |text| port(text) || obfuscated(text))
}

fn readable(text: &[u8]) -> Option<&str> {
    if text.len() > MAX_TEXT { None } else { std::str::from_utf8(text).ok() }
}

fn with_port(text: &str, is_port: impl Fn(&str) -> bool) -> Option<IpAddr> {
    if let Some(inner) = text.strip_prefix('[') {
        let (host, rest) = inner.split_once(']')?;
        let rest_is_fine = rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port);
        return if rest_is_fine { v6(host) } else { None };
    }
    match text.split_once(':') {
        None => v4(text),
        Some((host, text)) if is_port(text) => v4(host),
        Some(_) => None,
    }
}

/// `Ipv4Addr` rejects leading zeros, which some systems would read as octal.
fn v4(text: &str) -> Option<IpAddr> {
    text.parse::<Ipv4Addr>().ok().map(IpAddr::V4)
}

/// A zone (`fe80::1%eth0`) names the proxy's interface of a link-local address. It does not identify the client, and is
/// meaningless on other addresses.
fn v6(text: &str) -> Option<IpAddr> {
    let (text, zone) = text.split_once('%').map_or((text, None), |(text, zone)| (text, Some(zone)));
    let address: Ipv6Addr = text.parse().ok()?;
    let is_valid = zone.is_none_or(|zone| address.is_unicast_link_local() && is_zone(zone));
    if is_valid { Some(IpAddr::V6(address).to_canonical()) } else { None }
}

fn is_zone(text: &str) -> bool {
    (1..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}

fn port(text: &str) -> bool {
    (1..=5).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && text.parse::<u32>().is_ok_and(|port| port <= 65_535)
}

fn obfuscated(text: &str) -> bool {
    let name = text.strip_prefix('_').unwrap_or_default();
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

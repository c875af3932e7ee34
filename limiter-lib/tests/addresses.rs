//! The address of the client, from the peer of the connection and a forwarding header: a table of cases, and properties
//! that hold for any header of a client.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail")]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use limiter_lib::{
    Key,
    actix::{ClientAddress, ForwardingHeader, Networks},
};
use proptest::prelude::*;

const TABLE: &str = include_str!("data/addresses.txt");

#[test]
fn every_row_of_the_table_finds_its_client() {
    let mut clients = ClientAddress::peer();
    let (mut rows, mut wrong) = (0, Vec::new());
    for (number, row) in (1..).zip(TABLE.lines()) {
        if row.is_empty() || row.starts_with('#') {
            continue;
        }
        if let Some(heading) = row.strip_prefix("= ") {
            clients = setting(heading);
            continue;
        }
        rows += 1;
        let cells: Vec<&str> = row.split('|').collect();
        let lines: Vec<Vec<u8>> = cells[2..].iter().map(|cell| expanded(cell)).collect();
        let lines: Vec<&[u8]> = lines.iter().map(Vec::as_slice).collect();
        let found = clients.resolve(address(cells[0]), &lines);
        if found != address(cells[1]) {
            wrong.push(format!("line {number}: {row}\n    found {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {rows} rows:\n{}", wrong.len(), wrong.join("\n"));
    assert!(rows >= 200, "only {rows} rows were read");
}

fn setting(heading: &str) -> ClientAddress {
    let mut words = heading.splitn(3, ' ');
    let header = words.next().unwrap();
    let (trust, value) = (words.next().unwrap(), words.next().unwrap_or_default());
    let clients = match trust {
        "peer" => ClientAddress::peer(),
        "behind" => ClientAddress::trust_proxies(value.parse().unwrap()),
        "socket" => ClientAddress::trust_proxies(value.parse().unwrap()).trust_local_socket(),
        "hops" => ClientAddress::trust_hops(value.parse().unwrap()),
        other => panic!("no such trust: {other}"),
    };
    match header {
        "xff" => clients,
        "fwd" => clients.header(ForwardingHeader::Forwarded),
        other => panic!("no such header: {other}"),
    }
}

fn address(cell: &str) -> Option<IpAddr> {
    match cell.trim() {
        "-" => None,
        text => Some(text.parse().unwrap_or_else(|_| panic!("`{text}` is no address"))),
    }
}

/// A cell without the blank on each side; `{text*N}` is `text` repeated N times.
fn expanded(cell: &str) -> Vec<u8> {
    let cell = cell.strip_prefix(' ').unwrap_or(cell);
    let cell = cell.strip_suffix(' ').unwrap_or(cell);
    let mut out = String::new();
    let mut rest = cell;
    while let Some((before, after)) = rest.split_once('{') {
        let (inside, after) = after.split_once('}').unwrap();
        out.push_str(before);
        if let Some((text, count)) = inside.rsplit_once('*') {
            out.push_str(&text.repeat(count.parse().unwrap()));
        }
        rest = after;
    }
    out.push_str(rest);
    out.into_bytes()
}

#[test]
fn clients_without_an_address_share_no_key_with_clients_that_have_one() {
    let clients = ClientAddress::peer();
    let no_address = clients.key(None);
    for text in ["0.0.0.0", "::", "127.0.0.1", "::1", "255.255.255.255"] {
        assert_ne!(no_address, clients.key(text.parse().ok()), "{text}");
    }
}

#[test]
fn an_ipv6_client_is_its_prefix() {
    let key = |bits: u8, text: &str| ClientAddress::peer().v6_prefix(bits).key(text.parse().ok());
    assert_eq!(key(64, "2001:db8:0:1::1"), key(64, "2001:db8:0:1:ffff:ffff:ffff:ffff"));
    assert_ne!(key(64, "2001:db8:0:1::1"), key(64, "2001:db8:0:2::1"));
    assert_eq!(key(56, "2001:db8:0:1::1"), key(56, "2001:db8:0:ff::1"));
    assert_ne!(key(56, "2001:db8:0:1::1"), key(56, "2001:db8:0:100::1"));
    assert_ne!(key(128, "2001:db8::1"), key(128, "2001:db8::2"));
    assert_eq!(key(0, "2001:db8::1"), key(32, "2001:db8:ffff::1"), "at least 32 bits");
    assert_eq!(key(255, "2001:db8::1"), key(128, "2001:db8::1"), "at most 128 bits");
    assert_eq!(key(64, "::ffff:192.0.2.7"), Key::address("192.0.2.7".parse().unwrap(), 32));
}

fn proxies() -> Networks {
    "10.0.0.0/8, 2001:db8:1::/48".parse().unwrap()
}

fn clients(header: ForwardingHeader) -> ClientAddress {
    ClientAddress::trust_proxies(proxies()).header(header)
}

/// The address of a client, which is no proxy.
fn outside() -> impl Strategy<Value = IpAddr> {
    let any = prop_oneof![
        any::<u32>().prop_map(|bits| IpAddr::V4(Ipv4Addr::from(bits))),
        any::<u128>().prop_map(|bits| IpAddr::V6(Ipv6Addr::from(bits))),
    ];
    any.prop_filter("a client", |address| !proxies().contains(*address)).prop_map(|address| address.to_canonical())
}

fn proxy() -> impl Strategy<Value = IpAddr> {
    prop_oneof![
        any::<u32>().prop_map(|bits| IpAddr::V4(Ipv4Addr::from(10 << 24 | bits >> 8))),
        any::<u64>().prop_map(|low| IpAddr::V6(Ipv6Addr::from(0x2001_0db8_0001 << 80 | u128::from(low)))),
    ]
}

/// Header lines of a client: any bytes that a header can contain, with a bias to meaningful ones.
fn written_by_client() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let token = prop_oneof![
        Just(b"for=".to_vec()),
        Just(b"\"".to_vec()),
        Just(b"\\".to_vec()),
        Just(b",".to_vec()),
        Just(b";".to_vec()),
        Just(b"10.0.0.7".to_vec()),
        Just(b"for=\"[2001:db8:1::7]\", ".to_vec()),
        Just(b"6.6.6.6, ".to_vec()),
        Just(b"unknown".to_vec()),
        prop::collection::vec(prop_oneof![Just(b'\t'), 0x20..=0x7e_u8, 0x80..=0xff_u8], 0..40),
        Just(vec![b'x'; 2_000]),
    ];
    let line = prop::collection::vec(token, 0..8).prop_map(|tokens| tokens.concat());
    prop::collection::vec(line, 0..4)
}

/// The format in which one proxy writes its peer.
#[derive(Debug, Clone)]
struct ProxyStyle {
    port: Option<u16>,
    extras: u8,
    own_line: bool,
}

fn proxy_style() -> impl Strategy<Value = ProxyStyle> {
    (any::<Option<u16>>(), any::<u8>(), any::<bool>()).prop_map(|(port, extras, own_line)| ProxyStyle {
        port,
        extras,
        own_line,
    })
}

impl ProxyStyle {
    fn write(&self, lines: &mut Vec<Vec<u8>>, header: ForwardingHeader, peer: IpAddr) {
        let text = match header {
            ForwardingHeader::XForwardedFor => self.x_forwarded_for(peer),
            ForwardingHeader::Forwarded => self.element(peer),
        };
        match lines.last_mut() {
            Some(line) if !self.own_line => {
                line.extend_from_slice(if self.extras & 1 == 0 { b", " } else { b"," });
                line.extend_from_slice(text.as_bytes());
            }
            _ => lines.push(text.into_bytes()),
        }
    }

    fn x_forwarded_for(&self, peer: IpAddr) -> String {
        match (peer, self.port) {
            (IpAddr::V4(v4), None) if self.extras & 2 == 0 => v4.to_string(),
            (IpAddr::V4(v4), None) => format!("::ffff:{v4}"),
            (IpAddr::V4(v4), Some(port)) => format!("{v4}:{port}"),
            (IpAddr::V6(v6), None) if self.extras & 2 == 0 => v6.to_string(),
            (IpAddr::V6(v6), None) => format!("[{v6}]"),
            (IpAddr::V6(v6), Some(port)) => format!("[{v6}]:{port}"),
        }
    }

    fn element(&self, peer: IpAddr) -> String {
        let host = match peer {
            IpAddr::V4(v4) => v4.to_string(),
            IpAddr::V6(v6) => format!("[{v6}]"),
        };
        let node = match (peer, self.port) {
            (IpAddr::V4(_), None) if self.extras & 2 == 0 => host,
            (_, None) => format!("\"{host}\""),
            (_, Some(port)) => format!("\"{host}:{port}\""),
        };
        match self.extras >> 2 & 3 {
            0 => format!("for={node}"),
            1 => format!("For={node};proto=https"),
            2 => format!("by=\"[2001:db8:1::1]\";for={node};host=\"a,b\\\"c\\\\\""),
            _ => format!("host=\"x\\\\\\\"; for=6.6.6.6\"; for={node}"),
        }
    }
}

fn header() -> impl Strategy<Value = ForwardingHeader> {
    prop_oneof![Just(ForwardingHeader::XForwardedFor), Just(ForwardingHeader::Forwarded)]
}

fn slices(lines: &[Vec<u8>]) -> Vec<&[u8]> {
    lines.iter().map(Vec::as_slice).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    /// Neither bypass nor impersonation: behind trusted proxies a client has its own address, whatever it sends.
    #[test]
    fn no_header_of_a_client_changes_its_address(
        header in header(),
        client in outside(),
        chain in prop::collection::vec((proxy(), proxy_style()), 1..6),
        mut lines in written_by_client(),
    ) {
        let mut peer = client;
        for (proxy, proxy_style) in &chain {
            proxy_style.write(&mut lines, header, peer);
            peer = *proxy;
        }
        let clients = clients(header);
        prop_assert_eq!(clients.resolve(Some(peer), &slices(&lines)), Some(client));
    }

    /// The same with a count of hops, and with the nearest proxy on a Unix socket.
    #[test]
    fn no_header_of_a_client_changes_its_address_when_hops_are_counted(
        header in header(),
        client in outside(),
        chain in prop::collection::vec((outside(), proxy_style()), 1..6),
        on_socket in any::<bool>(),
        mut lines in written_by_client(),
    ) {
        let mut peer = client;
        for (proxy, proxy_style) in &chain {
            proxy_style.write(&mut lines, header, peer);
            peer = *proxy;
        }
        let clients = ClientAddress::trust_hops(chain.len()).header(header);
        let peer = if on_socket { None } else { Some(peer) };
        prop_assert_eq!(clients.resolve(peer, &slices(&lines)), Some(client));
    }

    /// A client that connects directly is its own address.
    #[test]
    fn a_client_that_is_no_proxy_is_its_peer_address(
        header in header(),
        client in outside(),
        lines in written_by_client(),
    ) {
        prop_assert_eq!(clients(header).resolve(Some(client), &slices(&lines)), Some(client));
        let alone = ClientAddress::peer().header(header);
        prop_assert_eq!(alone.resolve(Some(client), &slices(&lines)), Some(client));
        prop_assert_eq!(alone.resolve(None, &slices(&lines)), None);
    }

    /// Any bytes: never a panic, and always an address for a peer that has one.
    #[test]
    fn any_header_yields_an_address(
        header in header(),
        peer in prop::option::of(prop_oneof![outside(), proxy()]),
        lines in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..1_500), 0..4),
        hops in 0_usize..80,
    ) {
        let lines = slices(&lines);
        let found = clients(header).resolve(peer, &lines);
        prop_assert!(found.is_some() || peer.is_none());
        let found = ClientAddress::trust_hops(hops).header(header).resolve(peer, &lines);
        prop_assert!(found.is_some() || peer.is_none());
    }

    /// Equal to a naive reader without bounds and lines.
    #[test]
    fn a_plain_list_is_read_as_a_naive_reader_reads_it(
        peer in proxy(),
        entries in prop::collection::vec(
            prop_oneof![
                3 => proxy().prop_map(|address| address.to_string()),
                1 => outside().prop_map(|address| address.to_string()),
                1 => prop_oneof![Just(""), Just("unknown"), Just("1.2.3"), Just("[::1")].prop_map(str::to_owned),
            ],
            0..12,
        ),
        cuts in prop::collection::vec(any::<bool>(), 12),
    ) {
        let mut lines: Vec<String> = Vec::new();
        for (entry, cut) in entries.iter().zip(cuts) {
            match lines.last_mut() {
                Some(line) if !cut => *line = format!("{line}, {entry}"),
                _ => lines.push(entry.clone()),
            }
        }
        let mut expected = peer;
        for entry in entries.iter().rev() {
            let Ok(address) = entry.parse::<IpAddr>() else { break };
            expected = address;
            if !proxies().contains(address) {
                break;
            }
        }
        let bytes: Vec<&[u8]> = lines.iter().map(String::as_bytes).collect();
        let found = clients(ForwardingHeader::XForwardedFor).resolve(Some(peer), &bytes);
        prop_assert_eq!(found, Some(expected.to_canonical()));
    }
}

//! Equality of keys.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use limiter_lib::Key;
use proptest::{collection::vec, prelude::*};

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn parts_are_never_run_together(text in "[a-z]{2,20}", cut in 0..20_usize, other in 0..20_usize) {
        let (cut, other) = (cut % text.len(), other % text.len());
        prop_assume!(cut != other);
        let part = |at: usize| Key::part(&text[..at], &text.as_bytes()[at..]);
        prop_assert_ne!(part(cut), part(other));
        let and = |at: usize| Key::user("1").and(&text[..at], &text.as_bytes()[at..]);
        prop_assert_ne!(and(cut), and(other));
        let twice = |at: usize| Key::user(&text[..at]).and("x", &text.as_bytes()[at..]);
        prop_assert_ne!(twice(cut), twice(other));
    }

    #[test]
    fn the_same_parts_are_the_same_key_and_others_are_not(one in bytes(), other in bytes(), third in bytes()) {
        let key = |first: &[u8], second: &[u8]| Key::part("a", first).and("b", second);
        prop_assert_eq!(key(&one, &other), key(&one, &other));
        prop_assert_eq!(key(&one, &other) == key(&one, &third), other == third);
        prop_assert_eq!(key(&one, &other) == key(&third, &other), one == third);
        prop_assert_eq!(key(&one, &other) == key(&other, &one), one == other);
        prop_assert_ne!(key(&one, &other), Key::part("a", &one));
    }

    #[test]
    fn the_order_of_keys_counts(one in bytes(), other in bytes()) {
        let (first, second) = (Key::part("a", &one), Key::part("a", &other));
        prop_assert_eq!(first.and_key(second) == second.and_key(first), one == other);
        prop_assert_ne!(first.and_key(second), first);
    }

    #[test]
    fn a_mapped_address_is_the_address(bits in any::<u32>(), prefix in any::<u8>(), other in any::<u8>()) {
        let v4 = Ipv4Addr::from_bits(bits);
        let mapped = IpAddr::V6(v4.to_ipv6_mapped());
        prop_assert_eq!(Key::address(IpAddr::V4(v4), prefix), Key::address(mapped, other));
    }

    #[test]
    fn every_ipv4_address_counts_by_itself(one in any::<u32>(), other in any::<u32>()) {
        let key = |bits| Key::address(IpAddr::V4(Ipv4Addr::from_bits(bits)), 64);
        prop_assert_eq!(key(one) == key(other), one == other);
    }

    #[test]
    fn an_ipv6_network_counts_as_one(network in any::<u128>(), host in any::<u128>(), prefix in 32..=128_u8) {
        let network = network | 1 << 127; // not a mapped IPv4 address
        let hosts = u128::MAX.checked_shr(u32::from(prefix)).unwrap_or(0);
        let key = |bits| Key::address(IpAddr::V6(Ipv6Addr::from_bits(bits)), prefix);
        prop_assert_eq!(key(network), key(network & !hosts | host & hosts));
        let outside = 1 << (128 - prefix);
        prop_assert_ne!(key(network), key(network ^ outside));
    }

    #[test]
    fn networks_of_two_sizes_are_two_keys(bits in any::<u128>(), one in 32..=128_u8, other in 32..=128_u8) {
        let key = |prefix| Key::address(IpAddr::V6(Ipv6Addr::from_bits(bits | 1 << 127)), prefix);
        prop_assert_eq!(key(one) == key(other), one == other);
    }
}

#[test]
fn kinds_of_keys_are_never_mistaken_for_one_another() {
    let address: IpAddr = "0.0.0.0".parse().unwrap();
    let keys = [
        Key::everything(),
        Key::user("1"),
        Key::device("1"),
        Key::client("1"),
        Key::user(""),
        Key::part("", b""),
        Key::part("", b"user1"),
        Key::part("user1", b""),
        Key::address(address, 64),
        Key::part("ip4 ", &[0; 4]),
        Key::user("1").and("user", b"1"),
        Key::user("1").and_key(Key::user("1")),
    ];
    for (index, key) in keys.iter().enumerate() {
        assert!(!keys[..index].contains(key), "key {index}");
    }
}

#[test]
fn a_slash_64_is_one_customer() {
    let key = |text: &str| Key::address(text.parse().unwrap(), 64);
    assert_eq!(key("2001:db8:0:1::1"), key("2001:db8:0:1:ffff:ffff:ffff:ffff"));
    assert_ne!(key("2001:db8:0:1::1"), key("2001:db8:0:2::1"));
}

#[test]
fn a_prefix_is_kept_between_32_and_128() {
    let address: IpAddr = "2001:db8:1:2:3:4:5:6".parse().unwrap();
    assert_eq!(Key::address(address, 0), Key::address(address, 32));
    assert_eq!(Key::address(address, 255), Key::address(address, 128));
}

/// All replicas must agree on keys, also those of the next version.
#[test]
fn a_key_is_the_same_in_every_process() {
    assert_key(Key::user("42"), KNOWN_USER);
    assert_key(Key::address("192.0.2.7".parse().unwrap(), 64).and("email", b"ann@example.org"), KNOWN_PAIR);
}

const KNOWN_USER: u128 = 0xcd193961fb71449f4370ac23271c6aae;
const KNOWN_PAIR: u128 = 0x93fd2574254a9200d46516f05697818a;

fn assert_key(key: Key, known: u128) {
    assert_eq!(format!("{:032x}", key.to_u128()), format!("{known:032x}"));
}

//! Identifiers of devices, networks, challenges, passes and pictures, and the keys of stores.

use std::fmt;
use std::net::IpAddr;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;

/// Number of shards: locks in a process, slots in a Redis Cluster. A device and its records are in one shard, so that
/// updates of them can be atomic.
pub const SHARDS: u8 = 64;

/// A device in stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DeviceKey(pub [u8; 8]);

impl DeviceKey {
    /// Shard of this device.
    pub fn shard(self) -> u8 {
        self.0[7] % SHARDS
    }
}

/// A network in stores: IPv4 /24 or IPv6 /56. A keyed hash, because addresses can be enumerated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct PrefixKey(pub [u8; 8]);

impl PrefixKey {
    /// Shard of this network.
    pub fn shard(self) -> u8 {
        self.0[7] % SHARDS
    }
}

/// A site, by a hash of its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SiteNumber(pub u32);

impl SiteNumber {
    /// Of this site key.
    pub fn of(sitekey: &str) -> Self {
        let hash = digest(&SHA256, sitekey.as_bytes());
        let mut number = [0; 4];
        number.copy_from_slice(&hash.as_ref()[..4]);
        Self(u32::from_le_bytes(number))
    }
}

/// A picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PictureId(pub [u8; 8]);

impl PictureId {
    /// Random.
    pub fn random() -> Self {
        Self(rand::random())
    }

    /// Compares in constant time.
    pub fn is(self, other: Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }

    /// Encodes as text.
    pub fn to_text(self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// Parses text.
    pub fn parse(text: &str) -> Option<Self> {
        decode(text).map(Self)
    }
}

/// Storage key: a hash of the secret token, so that read access to a store does not reveal usable tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key(pub [u8; 16]);

impl Key {
    /// Hash of these bytes for one purpose.
    pub fn of(purpose: &[u8], bytes: &[u8]) -> Self {
        let hash = digest(&SHA256, &[purpose, bytes].concat());
        let mut key = [0; 16];
        key.copy_from_slice(&hash.as_ref()[..16]);
        Self(key)
    }

    /// Storage key of a device.
    pub fn of_device(device: DeviceKey) -> Self {
        let mut key = [0; 16];
        key[..8].copy_from_slice(&device.0);
        Self(key)
    }
}

/// Secret token of a challenge or a pass. Begins with the device, which determines the shard.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ChallengeToken {
    device: DeviceKey,
    secret: [u8; 16],
}

impl fmt::Debug for ChallengeToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChallengeToken(…)")
    }
}

impl ChallengeToken {
    /// Random, for this device.
    pub fn random(device: DeviceKey) -> Self {
        Self { device, secret: rand::random() }
    }

    /// Its device.
    pub fn device(&self) -> DeviceKey {
        self.device
    }

    /// Encodes as text: 32 characters.
    pub fn to_text(self) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes())
    }

    /// Parses text.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; 24] = decode(text)?;
        let (device, secret) = bytes.split_at(8);
        Some(Self { device: DeviceKey(device.try_into().ok()?), secret: secret.try_into().ok()? })
    }

    /// Storage key.
    pub fn key(&self) -> Key {
        Key::of(b"ticket", &self.bytes())
    }

    fn bytes(&self) -> [u8; 24] {
        let mut bytes = [0; 24];
        bytes[..8].copy_from_slice(&self.device.0);
        bytes[8..].copy_from_slice(&self.secret);
        bytes
    }
}

/// Pseudonymizes devices and networks by a keyed hash.
#[derive(Clone)]
pub struct Pseudonymizer(hmac::Key);

impl Pseudonymizer {
    /// With the secret of this installation.
    pub fn new(secret: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// Device of this kind and name.
    pub fn device(&self, kind: &str, name: &[u8]) -> DeviceKey {
        DeviceKey(self.name(kind, name))
    }

    /// Network of an address; without one, a network shared by all clients without an address.
    pub fn prefix(&self, address: Option<IpAddr>) -> PrefixKey {
        let prefix = match address.map(|address| address.to_canonical()) {
            None => Vec::new(),
            Some(IpAddr::V4(address)) => address.octets()[..3].to_vec(),
            Some(IpAddr::V6(address)) => address.octets()[..7].to_vec(),
        };
        PrefixKey(self.name("prefix", &prefix))
    }

    /// Account hash of an assessment, keyed; zero without one.
    pub fn account(&self, hash: Option<&str>) -> [u8; 8] {
        hash.map_or([0; 8], |hash| self.name("account", hash.as_bytes()))
    }

    /// Daily pseudonym of a device or network, for logs.
    pub fn daily_pseudonym(&self, day: &str, name: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode(self.name(day, name))
    }

    fn name(&self, kind: &str, name: &[u8]) -> [u8; 8] {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(kind.as_bytes());
        context.update(&[0]);
        context.update(name);
        let mut key = [0; 8];
        key.copy_from_slice(&context.sign().as_ref()[..8]);
        key
    }
}

/// Base64url without padding, of exactly `N` bytes.
fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != (N * 4).div_ceil(3) {
        return None;
    }
    URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_as_it_was_written_and_nothing_else_is_one() {
        let token = ChallengeToken::random(DeviceKey([7; 8]));
        let text = token.to_text();
        assert!(text.len() == 32 && ChallengeToken::parse(&text) == Some(token));
        let bad = [
            text[..31].to_owned(),
            format!("{text}A"),
            format!("../{}", &text[3..]),
            "\0".repeat(32),
            "x".repeat(2048),
        ];
        for text in bad {
            assert!(ChallengeToken::parse(&text).is_none(), "{text:.40}");
        }
    }

    #[test]
    fn a_network_is_24_bits_of_ipv4_and_56_of_ipv6() {
        let pseudonymizer = Pseudonymizer::new(b"a secret");
        let of = |text: &str| pseudonymizer.prefix(Some(text.parse().unwrap()));
        assert_eq!(of("192.0.2.1"), of("192.0.2.254"));
        assert_eq!(of("192.0.2.1"), of("::ffff:192.0.2.7"), "mapped");
        assert_ne!(of("192.0.2.1"), of("192.0.3.1"));
        assert_eq!(of("2001:db8:0:1::1"), of("2001:db8:0:ff::2"));
        assert_ne!(of("2001:db8:0:1::1"), of("2001:db8:0:100::1"));
        assert_ne!(Pseudonymizer::new(b"another").prefix(None), pseudonymizer.prefix(None));
    }
}

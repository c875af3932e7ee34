//! The world of the examples: Anna, her TV and her phone, and two films. Secrets are plainly none.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::Secret;
use crate::ids::{FilmId, PersonId, ResetId, SessionId, UserId};

/// First half of every id, that of a UUIDv7 (RFC 9562 §5.7).
const IDS: u128 = 0x0196_0000_0000_7000_8000_0000_0000_0000;

/// Anna, a subscriber.
pub const ANNA: UserId = UserId(Uuid::from_u128(IDS | 0xa1));
/// An operator.
pub const OPERATOR: UserId = UserId(Uuid::from_u128(IDS | 0xa2));
/// Her session on the TV.
pub const TV_SESSION: SessionId = SessionId(Uuid::from_u128(IDS | 0xb1));
/// Her session on the phone.
pub const PHONE_SESSION: SessionId = SessionId(Uuid::from_u128(IDS | 0xb2));
/// A reset of her password.
pub const RESET: ResetId = ResetId(Uuid::from_u128(IDS | 0xb3));
/// Her linked account at a provider.
pub const SOCIAL_ACCOUNT: Uuid = Uuid::from_u128(IDS | 0xc1);
/// Solaris, 1972.
pub const SOLARIS: FilmId = FilmId(Uuid::from_u128(IDS | 0xf1));
/// Stalker, 1979.
pub const STALKER: FilmId = FilmId(Uuid::from_u128(IDS | 0xf2));
/// Andrei Tarkovsky.
pub const TARKOVSKY: PersonId = PersonId(Uuid::from_u128(IDS | 0xd1));
/// Donatas Banionis.
pub const BANIONIS: PersonId = PersonId(Uuid::from_u128(IDS | 0xd2));
/// A request.
pub const REQUEST_ID: &str = "01960000-0000-7000-8000-000000000001";

/// Her address.
pub const EMAIL: &str = "anna@example.com";
/// Her new address.
pub const NEW_EMAIL: &str = "anna@example.net";
/// Address of her network (RFC 5737).
pub const ADDRESS: &str = "203.0.113.7";
/// Her region.
pub const REGION: &str = "RU-MOW";
/// Version of the services.
pub const VERSION: &str = "0.1.0";

/// A secret that anyone may know: `example` and its kind.
pub fn secret(kind: &str) -> Secret {
    Secret::new(format!("example-{kind}"))
}

/// The time that `text` (RFC 3339) states.
pub fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("the times of examples are literals")
}

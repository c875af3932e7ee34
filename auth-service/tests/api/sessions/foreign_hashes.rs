//! Hashes of other systems, of [`SHORT`] or [`LONG`].

const SHORT: &str = "three cats on a sofa";
/// 88 bytes, more than bcrypt reads.
const LONG: &str = "three cats on a sofa, three cats on a sofa, three cats on a sofa, three cats on a sofa, ";

/// Hash, password, and `true` when the first sign-in replaces the hash.
pub const HASHES: &[(&str, &str, bool)] = &[
    ("$argon2id$v=19$m=1024,t=2,p=4$U19c3+pq/Umgf1hwv6togA$8B7qnvFKAPmXmgRfV9e62oX0VVfpX3TwNdR8bFgjpeI", SHORT, true),
    ("$scrypt$ln=10,r=8,p=1$yvk/5/w/R4gR4rx3jpFyTg$Gy9msGDoVBbB5v/NC7jMX5cSIm1kt4Ryju25eDE6zBI", SHORT, true),
    ("$2b$04$3S1C9QkWvX4bwDA00I8zK.R40DQsdKGkCBPNxfFSNKyTwzvxzFdhW", SHORT, true),
    ("$2b$04$JGE9xAFIWRsFaINrjfBIUOVkKgQ9nshyfjT9PSBtO1T3G25G3nIuW", LONG, false),
    ("pbkdf2_sha256$1000$KNUBQrdD36FJ2HadFaZE66$y2ZEiuMPfy483frMLI/ytYYCgBcba6yRaZOEv0GBck0=", SHORT, true),
    ("bcrypt_sha256$$2b$04$akviTjwtonuSbg1azrF51e8ozAu2rYgjDYVjduGzgiRSJ0Zvt/WXu", SHORT, true),
];

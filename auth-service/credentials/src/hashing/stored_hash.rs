//! Formats of stored hashes: our own, and those of imported accounts.

use argon2::password_hash::phc::PasswordHash as Phc;

use super::argon::Argon2Hash;
use super::bcrypt::BcryptHash;
use super::pbkdf2::Pbkdf2Hash;
use super::scrypt::ScryptHash;
use super::unsupported_hash::UnsupportedHash;

/// A parsed hash.
#[derive(Debug)]
pub(super) enum StoredHash {
    Argon2(Argon2Hash),
    Scrypt(ScryptHash),
    Bcrypt(BcryptHash),
    Pbkdf2(Pbkdf2Hash),
}

impl StoredHash {
    /// Reads argon2 and scrypt (PHC strings), bcrypt (`$2a$`, `$2b$`, `$2y$`), and what Django stores: `argon2`,
    /// `bcrypt`, `bcrypt_sha256` and `pbkdf2_sha256`, each before its first `$`.
    pub(super) fn parse(text: &str) -> Result<Self, UnsupportedHash> {
        let (prefix, rest) = text.split_once('$').ok_or(UnsupportedHash::Format)?;
        match prefix {
            "" => Self::parse_modular(text),
            "argon2" if rest.starts_with("argon2") => Self::parse_phc(&text[prefix.len()..]),
            "bcrypt" => BcryptHash::parse(rest, false).map(Self::Bcrypt),
            "bcrypt_sha256" => BcryptHash::parse(rest, true).map(Self::Bcrypt),
            "pbkdf2_sha256" => Pbkdf2Hash::parse(rest).map(Self::Pbkdf2),
            _ => Err(UnsupportedHash::Format),
        }
    }

    fn parse_modular(text: &str) -> Result<Self, UnsupportedHash> {
        let is_bcrypt = ["$2a$", "$2b$", "$2y$"].iter().any(|version| text.starts_with(version));
        if is_bcrypt { BcryptHash::parse(text, false).map(Self::Bcrypt) } else { Self::parse_phc(text) }
    }

    fn parse_phc(text: &str) -> Result<Self, UnsupportedHash> {
        let algorithm = text.split('$').nth(1).unwrap_or_default();
        if !matches!(algorithm, "argon2id" | "argon2i" | "argon2d" | "scrypt") {
            return Err(UnsupportedHash::Format);
        }
        let phc = Phc::new(text).map_err(|_| UnsupportedHash::Damaged)?;
        match algorithm {
            "scrypt" => ScryptHash::from_phc(&phc).map(Self::Scrypt),
            _ => Argon2Hash::from_phc(&phc).map(Self::Argon2),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> UnsupportedHash {
        StoredHash::parse(text).err().unwrap_or_else(|| panic!("{text} is accepted"))
    }

    #[test]
    fn unknown_formats_are_refused() {
        for text in [
            "",
            "$",
            "hunter2",
            "5f4dcc3b5aa765d61d8327deb882cf99",
            "$1$abc$def",
            "$6$rounds=5000$abc$def",
            "md5$a$b",
            "pbkdf2_sha1$1000$salt$AAAA",
            "$2$10$abc",
            "$2x$10$abc",
            "argon2$",
            "$argon2$v=19$m=8,t=1,p=1$AAAA$AAAA",
            "unusable$!",
        ] {
            assert_eq!(error(text), UnsupportedHash::Format, "{text}");
        }
    }

    #[test]
    fn damaged_hashes_are_refused() {
        let output = "A".repeat(43);
        for text in [
            "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA".to_owned(), // no output
            format!("$argon2id$v=18$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA${output}"),
            format!("$argon2id$v=19$m=19456,t=2$AAAAAAAAAAAAAAAAAAAAAA${output}!"),
            "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAA".to_owned(), // 12 bytes
            format!("$scrypt$ln=16,r=8$AAAAAAAAAAAAAAAAAAAAAA${output}"),
            format!("$scrypt$ln=16,r=8,p=1,q=3$AAAAAAAAAAAAAAAAAAAAAA${output}"),
            "$2b$12$tooshort".to_owned(),
            format!("$2b$1x${}", "a".repeat(53)),
            format!("$2b$03${}", "a".repeat(53)),
            format!("$2b$10${}", "!".repeat(53)),
            "bcrypt$".to_owned(),
            "pbkdf2_sha256$".to_owned(),
            "pbkdf2_sha256$0$salt$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".to_owned(),
            "pbkdf2_sha256$1000$salt$AAAA".to_owned(),
            "pbkdf2_sha256$1000$$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".to_owned(),
        ] {
            assert_eq!(error(&text), UnsupportedHash::Damaged, "{text}");
        }
    }

    #[test]
    fn hashes_beyond_the_cost_bounds_are_refused() {
        let (salt, output) = ("A".repeat(22), "A".repeat(43));
        for (at_bound, beyond) in [
            (
                format!("$argon2id$v=19$m=262144,t=3,p=4${salt}${output}"),
                format!("$argon2id$v=19$m=262145,t=3,p=4${salt}${output}"),
            ),
            (
                format!("$argon2i$v=16$m=64,t=16,p=1${salt}${output}"),
                format!("$argon2i$v=16$m=64,t=17,p=1${salt}${output}"),
            ),
            (
                format!("argon2$argon2d$v=19$m=512,t=1,p=16${salt}${output}"),
                format!("argon2$argon2d$v=19$m=512,t=1,p=17${salt}${output}"),
            ),
            (format!("$scrypt$ln=18,r=8,p=1${salt}${output}"), format!("$scrypt$ln=19,r=8,p=1${salt}${output}")),
            (format!("$scrypt$ln=14,r=8,p=16${salt}${output}"), format!("$scrypt$ln=14,r=8,p=17${salt}${output}")),
            (format!("$2y$14${}", "a".repeat(53)), format!("$2y$15${}", "a".repeat(53))),
            (format!("bcrypt_sha256$$2b$14${}", "a".repeat(53)), format!("bcrypt$$2b$31${}", "a".repeat(53))),
            (format!("pbkdf2_sha256$2000000$salt${output}="), format!("pbkdf2_sha256$2000001$salt${output}=")),
        ] {
            assert!(StoredHash::parse(&at_bound).is_ok(), "{at_bound}: {:?}", StoredHash::parse(&at_bound));
            assert_eq!(error(&beyond), UnsupportedHash::TooCostly, "{beyond}");
        }
    }
}

//! One line: an account of another system, checked by the rules of our own.

use account_partitions::{RegionCode, RegionMap};
use account_storage::ImportedUser;
use accounts::{BirthDate, DisplayName, EmailPolicy, InvalidBirthDate, InvalidEmail, NewUser, UserKey};
use chrono::{DateTime, NaiveDate, Utc};
use contracts::Secret;
use contracts::ids::UserId;
use credentials::hashing::{PasswordHash, UnsupportedHash};
use serde::Deserialize;
use serde_json::error::Category;

use crate::lines::MAX_LINE_BYTES;

/// Fields of a line.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    email: String,
    /// `true` when the other system has proved the address by a mail.
    #[serde(default)]
    email_verified: bool,
    #[serde(default)]
    password_hash: Option<Secret>,
    #[serde(default)]
    display_name: Option<String>,
    #[serde(default)]
    birth_date: Option<NaiveDate>,
    #[serde(default)]
    region: Option<String>,
    #[serde(default)]
    created_at: Option<DateTime<Utc>>,
}

/// Reason why a line makes no account. Says nothing of its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// Too long.
    #[error("the line is longer than {MAX_LINE_BYTES} bytes")]
    TooLong,
    /// No JSON.
    #[error("no valid JSON, at column {0}")]
    Json(usize),
    /// JSON of another form.
    #[error("a field is unknown, missing, repeated or of another type, at column {0}")]
    Fields(usize),
    /// No usable address.
    #[error("email: {0}")]
    Email(#[from] InvalidEmail),
    /// No supported hash.
    #[error("password_hash: {0}")]
    Hash(#[from] UnsupportedHash),
    /// No plausible birth date.
    #[error("birth_date: {0}")]
    BirthDate(#[from] InvalidBirthDate),
    /// No region code.
    #[error("region: must be an ISO 3166 code such as RU-MOW or KZ")]
    Region,
    /// A time in the future.
    #[error("created_at: is in the future")]
    CreatedAt,
    /// Another account has the address: one of before, or of an earlier line.
    #[error("email: another account has it")]
    EmailTaken,
}

/// Rules by which lines are checked.
#[derive(Debug)]
pub struct RecordRules<'a> {
    /// Rule for addresses.
    pub emails: EmailPolicy,
    /// `true` takes the other system's word that an address is proved.
    pub trust_verified: bool,
    /// Cells of the accounts, and the date in their regions.
    pub region_map: &'a RegionMap,
    /// Current time.
    pub now: DateTime<Utc>,
}

impl RecordRules<'_> {
    /// Reads a line.
    pub(crate) fn read(&self, line: &[u8]) -> Result<ImportedUser, LineError> {
        if line.trim_ascii_start().first() == Some(&b'[') {
            return Err(LineError::Fields(1)); // serde reads an array as the fields in their order
        }
        let fields: Fields = serde_json::from_slice(line).map_err(|error| match error.classify() {
            Category::Data => LineError::Fields(error.column()),
            Category::Syntax | Category::Eof | Category::Io => LineError::Json(error.column()),
        })?;
        let email = self.emails.parse(&fields.email)?;
        let region = fields.region.filter(|code| !code.is_empty());
        let region = region.map(|code| RegionCode::parse(&code).ok_or(LineError::Region)).transpose()?;
        let region = region.map(|code| code.to_string());
        let today = self.region_map.today(region.as_deref(), self.now);
        let birth_date = fields.birth_date.map(|day| BirthDate::new(day, today)).transpose()?;
        let created_at = fields.created_at.unwrap_or(self.now);
        if created_at > self.now {
            return Err(LineError::CreatedAt);
        }
        let id = UserId::new();
        let user = NewUser {
            key: UserKey { id, cell: self.region_map.place(region.as_deref(), id) },
            email: Some(email),
            password_hash: fields.password_hash.as_ref().and_then(usable).map(PasswordHash::imported).transpose()?,
            // Nobody is there to correct a name that is too long.
            display_name: DisplayName::shortened(fields.display_name.as_deref().unwrap_or_default()).into(),
            birth_date,
            region,
            roles: Vec::new(),
            created_at,
        };
        Ok(ImportedUser { user, is_proved: fields.email_verified && self.trust_verified })
    }
}

/// The hash; `None` for accounts without a password, which Django marks by `!`.
fn usable(hash: &Secret) -> Option<&str> {
    Some(hash.expose()).filter(|text| !text.is_empty() && !text.starts_with('!'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(line: &str) -> Result<ImportedUser, LineError> {
        let region_map = RegionMap::default();
        let now = "2026-11-29T12:00:00Z".parse().unwrap();
        let rules = RecordRules { emails: EmailPolicy::default(), trust_verified: true, region_map: &region_map, now };
        rules.read(line.as_bytes())
    }

    #[test]
    fn a_full_line_is_an_account() {
        let imported = read(
            r#"{"email": " Anna@Bücher.example", "email_verified": true, "display_name": " Anna\u202e\n P.",
                "password_hash": "$2b$12$abcdefghijklmnopqrstuuAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                "birth_date": "1990-05-17", "region": "KZ", "created_at": "2019-01-02T03:04:05Z"}"#,
        )
        .unwrap();
        let user = imported.user;
        assert_eq!(user.email.unwrap().as_str(), "anna@xn--bcher-kva.example");
        assert_eq!((user.display_name.as_str(), user.region.as_deref()), ("Anna P.", Some("KZ")));
        assert!(imported.is_proved && user.password_hash.is_some() && user.birth_date.is_some());
        assert_eq!(user.created_at.to_rfc3339(), "2019-01-02T03:04:05+00:00");
    }

    #[test]
    fn an_address_alone_is_an_account_that_proves_nothing() {
        for line in [
            r#"{"email":"a@example.org"}"#,
            r#"{"email":"a@example.org","password_hash":null,"display_name":null,"region":"","birth_date":null}"#,
            r#"{"email":"a@example.org","password_hash":""}"#,
            r#"{"email":"a@example.org","password_hash":"!aBcD"}"#,
        ] {
            let imported = read(line).unwrap();
            assert!(!imported.is_proved && imported.user.password_hash.is_none(), "{line}");
        }
    }

    #[test]
    fn bad_lines_are_refused_by_a_reason_without_their_content() {
        let year_3000 = r#"{"email":"a@example.org","created_at":"3000-01-01T00:00:00Z"}"#;
        for (line, expected) in [
            ("{", LineError::Json(1)),
            ("[]", LineError::Fields(1)),
            (r#"["a@example.org", true]"#, LineError::Fields(1)),
            (r#"{"email":"a@example.org"} x"#, LineError::Json(27)),
            (r#"{"email":"hunter2"}"#, LineError::Email(InvalidEmail::Form)),
            (r#"{"email":"zoë@example.org"}"#, LineError::Email(InvalidEmail::NotAscii)),
            (r#"{"email":"a@example.org","password_hash":"hunter2"}"#, LineError::Hash(UnsupportedHash::Format)),
            (r#"{"email":"a@example.org","birth_date":"2999-01-01"}"#, LineError::BirthDate(InvalidBirthDate)),
            (r#"{"email":"a@example.org","region":"moscow"}"#, LineError::Region),
            (year_3000, LineError::CreatedAt),
        ] {
            let error = read(line).unwrap_err();
            assert_eq!(error, expected, "{line}");
        }
        for line in [
            r#"{"email":"a@example.org","pasword_hash":"hunter2"}"#,
            r#"{"email":"a@example.org","email":"hunter2@example.org"}"#,
            r#"{"email":"a@example.org","email_verified":"hunter2"}"#,
            r#"{"display_name":"hunter2"}"#,
        ] {
            let error = read(line).unwrap_err();
            assert!(matches!(error, LineError::Fields(_)), "{line}: {error}");
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }

    proptest! {
        #[test]
        fn no_line_stops_the_import(line in prop_oneof![
            any::<Vec<u8>>(),
            "\\PC{0,60}".prop_map(String::into_bytes),
            "\\{\"email\":\"\\PC{0,20}\",\"password_hash\":\"\\PC{0,60}\"\\}".prop_map(String::into_bytes),
        ]) {
            let region_map = RegionMap::default();
            let (emails, now) = (EmailPolicy { smtp_utf8: true }, DateTime::UNIX_EPOCH);
            let rules = RecordRules { emails, trust_verified: false, region_map: &region_map, now };
            let _ = rules.read(&line);
        }
    }
}

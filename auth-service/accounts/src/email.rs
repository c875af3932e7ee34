//! A login e-mail in the one form in which it is stored, compared and counted.

use std::borrow::Cow;
use std::fmt;

use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};
use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// The longest address that SMTP can carry (RFC 5321 §4.5.3.1.3 with erratum 1690), in bytes.
pub const MAX_EMAIL_BYTES: usize = 254;
/// The longest local part (RFC 5321 §4.5.3.1.1), in bytes.
const MAX_LOCAL_BYTES: usize = 64;
/// ASCII characters of an unquoted local part beside letters, digits and dots (RFC 5322 §3.2.3).
const ATOM: &str = "!#$%&'*+-/=?^_`{|}~";

/// A login e-mail. All spellings of one mailbox are one value, and each value is accepted as a recipient by `lettre`: its
/// rules are milder, as a test holds.
///
/// - The local part is in lower case and Unicode normal form C, at most 64 bytes, a dot-atom (RFC 5322 §3.2.3, RFC 6531
///   §3.3). Dots and `+tags` are kept: only the mail server knows what they mean.
/// - The domain consists of A-labels (UTS 46, non-transitional, STD3 rules) and has no last dot; see
///   [`Self::to_unicode`] for the form that people write.
/// - Control, format, private and space characters are refused, quoted local parts, address literals, and letters with
///   another compatibility form: `ﬁ` would be a second spelling of `fi`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Email(String);

/// The text is not an e-mail address, or not one that can be a new login.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEmail {
    /// It does not have the form described at [`Email`].
    #[error("this is not an e-mail address")]
    Form,
    /// Its local part is not ASCII, and such mails are not sent here.
    #[error("the part before the @ must have Latin letters and digits only")]
    NotAscii,
}

/// Rule for addresses that are about to become logins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EmailPolicy {
    /// `true` accepts local parts beyond ASCII: the mail server sends to them (SMTPUTF8, RFC 6531).
    pub smtp_utf8: bool,
}

impl EmailPolicy {
    /// Reads an address that is to become a login. Those that exist are read by [`Email::parse`].
    ///
    /// # Errors
    /// [`InvalidEmail`].
    pub fn parse(self, raw: &str) -> Result<Email, InvalidEmail> {
        let email = Email::parse(raw)?;
        if self.accepts(&email) { Ok(email) } else { Err(InvalidEmail::NotAscii) }
    }

    /// `true` when mails can be sent to this address.
    pub fn accepts(self, email: &Email) -> bool {
        self.smtp_utf8 || email.as_str().is_ascii()
    }
}

impl Email {
    /// Reads an address and brings it into its canonical form.
    ///
    /// # Errors
    /// [`InvalidEmail::Form`].
    pub fn parse(raw: &str) -> Result<Self, InvalidEmail> {
        // Before all mappings: those of case, and those of UTS 46, give different results for two normal forms of one text.
        // An example is `ῌ` followed by a mark above it; composition settles the order of the marks.
        let text: String = raw.trim().nfc().collect();
        if text.chars().any(is_refused) {
            return Err(InvalidEmail::Form);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(InvalidEmail::Form)?;
        let (local, domain) = (canonical_local_part(local)?, canonical_domain(domain)?);
        let email = format!("{local}@{domain}");
        if email.len() <= MAX_EMAIL_BYTES { Ok(Self(email)) } else { Err(InvalidEmail::Form) }
    }

    /// The canonical address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the `@`.
    pub fn local_part(&self) -> &str {
        self.0.rsplit_once('@').map_or(self.as_str(), |(local, _)| local)
    }

    /// The address as people write it, with the letters of an internationalised domain. Read again it is the same
    /// address.
    pub fn to_unicode(&self) -> Cow<'_, str> {
        let Some((local, domain)) = self.0.rsplit_once('@') else { return Cow::Borrowed(&self.0) };
        match Uts46::new().to_unicode(domain.as_bytes(), AsciiDenyList::STD3, Hyphens::CheckFirstLast) {
            // A joiner, which some scripts need, is invisible elsewhere and would not be read again.
            (Cow::Owned(written), Ok(())) if !written.chars().any(is_refused) => {
                Cow::Owned(format!("{local}@{written}"))
            }
            _ => Cow::Borrowed(&self.0),
        }
    }
}

/// Characters that are invisible, have no agreed meaning, or separate words.
fn is_refused(c: char) -> bool {
    let category = c.general_category();
    c.is_whitespace()
        || matches!(category, GeneralCategory::Control | GeneralCategory::Format | GeneralCategory::PrivateUse)
}

fn canonical_local_part(written: &str) -> Result<String, InvalidEmail> {
    let local: String = written.to_lowercase().nfc().collect();
    let is_atom = |c: char| !c.is_ascii() || c.is_ascii_alphanumeric() || ATOM.contains(c);
    let is_dot_atom = local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atom));
    let has_one_form = local.nfkc().eq(local.chars());
    if is_dot_atom && has_one_form && local.len() <= MAX_LOCAL_BYTES { Ok(local) } else { Err(InvalidEmail::Form) }
}

/// Lower case, full-width letters and other dots are mapped by UTS 46 as browsers and resolvers do.
fn canonical_domain(written: &str) -> Result<String, InvalidEmail> {
    let ascii = Uts46::new()
        .to_ascii(written.as_bytes(), AsciiDenyList::STD3, Hyphens::CheckFirstLast, DnsLength::VerifyAllowRootDot)
        .map_err(|_| InvalidEmail::Form)?;
    let domain = ascii.strip_suffix('.').unwrap_or(&ascii);
    // No top-level domain is a number (RFC 3696 §2): the rest would be an IPv4 address.
    let is_number = domain.rsplit('.').next().is_none_or(|label| label.bytes().all(|byte| byte.is_ascii_digit()));
    if is_number { Err(InvalidEmail::Form) } else { Ok(domain.to_owned()) }
}

/// Keeps addresses out of logs, where `{:?}` of an outer type would put them.
impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::email_spellings::SPELLINGS;

    /// The canonical form.
    fn form(raw: &str) -> String {
        Email::parse(raw).unwrap_or_else(|_| panic!("{raw:?} is refused")).as_str().to_owned()
    }

    #[test]
    fn forty_pairs_of_spellings_are_one_account() {
        const { assert!(SPELLINGS.len() >= 40) };
        for (one, other) in SPELLINGS {
            assert_eq!(form(one), form(other), "{one:?} and {other:?}");
        }
    }

    #[test]
    fn dots_and_tags_make_other_addresses() {
        for (one, other) in [
            ("anna.petrova@example.org", "annapetrova@example.org"),
            ("anna+films@example.org", "anna@example.org"),
            ("faß@example.org", "fass@example.org"),
            ("anna@faß.de", "anna@fass.de"),
            ("ıvan@example.org", "ivan@example.org"),
            ("аnna@example.org", "anna@example.org"), // the first letter is Cyrillic
        ] {
            assert_ne!(form(one), form(other), "{one:?} and {other:?}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long_local = format!("{}@example.org", "a".repeat(65));
        let long_label = format!("anna@{}.org", "a".repeat(64));
        let long = format!("{}@{}.org", "a".repeat(64), ["b".repeat(62).as_str(); 3].join("."));
        for text in [
            ["", "@", "anna", "anna@", "@example.org", "a@b@c.org", "an na@example.org", "anna@exa mple.org"],
            [
                ".anna@e.org",
                "anna.@e.org",
                "an..na@e.org",
                "\"anna\"@e.org",
                "\"an na\"@e.org",
                "a\"b@e.org",
                "a,b@e.org",
                "a;b@e.org",
            ],
            [
                "anna@[127.0.0.1]",
                "anna@[IPv6:::1]",
                "anna@127.0.0.1",
                "anna@1.2.3",
                "anna@e..org",
                "anna@.e.org",
                "anna@e.org..",
                "anna@.",
            ],
            [
                "anna@-e.org",
                "anna@e-.org",
                "anna@e_f.org",
                "anna@xn--a.org",
                "anna@xn--\u{e9}.org",
                "a<b@e.org",
                "a(b)@e.org",
                "Anna <anna@e.org>",
            ],
            [
                "an\u{0}na@e.org",
                "anna@e\u{0}.org",
                "an\u{200b}na@e.org",
                "anna@e\u{ad}x.org",
                "\u{feff}anna@e.org",
                "anna@e.org\u{200e}",
                "an\u{202e}na@e.org",
                "\u{e000}@e.org",
            ],
            [
                "ａnna@e.org",
                "ﬁlm@e.org",
                "ſam@e.org",
                "x²@e.org",
                "anna＠e.org",
                "anna\u{2024}p@e.org",
                "…@e.org",
                "℡@e.org",
            ],
            [
                "anna@e.org, eve@e.org",
                "anna@e.org\r\nBcc: eve@e.org",
                "anna\\@e.org",
                "a:b@e.org",
                &long_local,
                &long_label,
                &long,
                "an\u{2028}na@e.org",
            ],
        ]
        .concat()
        {
            assert_eq!(Email::parse(text), Err(InvalidEmail::Form), "{text:?}");
        }
    }

    #[test]
    fn the_longest_address_is_254_bytes_with_64_before_the_at() {
        let domain = format!("{}.org", ["b".repeat(61).as_str(); 3].join("."));
        let longest = format!("{}@{domain}", "a".repeat(MAX_EMAIL_BYTES - 1 - domain.len()));
        assert_eq!((longest.len(), longest.find('@')), (MAX_EMAIL_BYTES, Some(64)));
        assert!(Email::parse(&longest).is_ok());
        assert!(Email::parse(&longest.replace("bb.org", "bbb.org")).is_err());
        assert!(Email::parse(&format!("{}@e.org", "я".repeat(32))).is_ok());
        assert!(Email::parse(&format!("{}a@e.org", "я".repeat(32))).is_err());
    }

    #[test]
    fn domains_are_shown_as_people_write_them() {
        for (typed, shown) in [
            ("Anna@Example.org", "anna@example.org"),
            ("anna@XN--BCHER-KVA.example", "anna@bücher.example"),
            ("anna@ПРИМЕР.рф.", "anna@пример.рф"),
            ("anna@xn--mgba3gch31f060k.com", "anna@xn--mgba3gch31f060k.com"), // has a joiner
        ] {
            let email = Email::parse(typed).unwrap();
            assert_eq!(email.to_unicode(), shown);
            assert!(email.as_str().is_ascii());
        }
    }

    #[test]
    fn local_parts_beyond_ascii_are_new_logins_only_where_they_get_mails() {
        let (plain, utf8) = (EmailPolicy::default(), EmailPolicy { smtp_utf8: true });
        assert_eq!(plain.parse("анна@example.org"), Err(InvalidEmail::NotAscii));
        assert_eq!(utf8.parse("АННА@example.org").unwrap().as_str(), "анна@example.org");
        assert_eq!(plain.parse("anna@пример.рф"), utf8.parse("anna@пример.рф"));
        assert_eq!(utf8.parse("анна"), Err(InvalidEmail::Form));
    }

    #[test]
    fn addresses_are_not_printed_by_debug() {
        assert!(!format!("{:?}", Email::parse("anna@example.org").unwrap()).contains("anna"));
    }

    /// Texts that are addresses more often than random ones.
    fn written() -> impl Strategy<Value = String> {
        prop_oneof![
            "[ \\t]?[a-zA-Z0-9.+_'-]{1,12}@[a-zA-Z0-9-]{1,8}(\\.[a-zA-Z]{2,4}){1,2}\\.?",
            "[\\p{L}\\p{M}\\p{N}.]{1,10}@[\\p{L}\\p{M}\\p{N}-]{1,8}\\.[\\p{L}]{2,3}",
            "(?s).{0,40}@.{0,40}",
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn parsing_a_canonical_address_changes_nothing(text in written()) {
            if let Ok(email) = Email::parse(&text) {
                prop_assert_eq!(Email::parse(email.as_str()), Ok(email.clone()));
                prop_assert_eq!(Email::parse(&email.to_unicode()), Ok(email.clone()), "{} of {}", email.to_unicode(), email.as_str());
            }
        }

        #[test]
        fn every_accepted_address_is_a_recipient_of_one_letter(text in written()) {
            if let Ok(email) = Email::parse(&text) {
                let to: lettre::Address = email.as_str().parse().unwrap();
                prop_assert_eq!(to.to_string(), email.as_str());
                prop_assert!(to.domain().is_ascii() && !email.as_str().contains(['\r', '\n', ' ', '"', '<', '>', ',']));
                let message = lettre::Message::builder().from("a@e.org".parse().unwrap()).to(lettre::message::Mailbox::new(None, to));
                prop_assert_eq!(message.body(String::new()).unwrap().envelope().to().len(), 1);
            }
        }

        #[test]
        fn case_and_normal_form_make_no_other_address(text in written()) {
            if let Ok(email) = Email::parse(&text) {
                let decomposed: String = text.nfd().collect();
                prop_assert_eq!(Email::parse(&decomposed), Ok(email.clone()));
                let ascii_upper: String = text.to_ascii_uppercase();
                prop_assert_eq!(Email::parse(&ascii_upper), Ok(email));
            }
        }
    }
}

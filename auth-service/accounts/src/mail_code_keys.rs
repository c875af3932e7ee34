//! Keys of codes and links sent by mail: how they are made and compared. Nothing that opens an account is stored in clear.
//!
//! A link holds 256 random bits, and its code is derived from them, so that a page can show the code to the owner of
//! the link. Both are stored as HMAC-SHA256, bound to purpose, account, asker and mailbox.

use std::net::IpAddr;

use aws_lc_rs::{constant_time, hmac, rand};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use contracts::Secret;
use contracts::ids::UserId;
use uuid::Uuid;

use super::Email;
use super::mail_code::{CodeBinding, IssuedCode, OpenedLink, TypedCode, purpose_number};

/// 10 to the power of the number of digits.
const CODES: u64 = 100_000_000;

/// Keys of codes and links, derived from the secret of the installation.
pub struct MailCodes {
    /// Derives codes from secrets of links.
    derivation: hmac::Key,
    codes: hmac::Key,
    links: hmac::Key,
    claims: hmac::Key,
    pseudonyms: hmac::Key,
}

impl MailCodes {
    /// Derives the keys from the secret that all replicas share.
    pub fn new(secret: &[u8]) -> Self {
        let root = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let key = |label: &str| hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&root, label.as_bytes()).as_ref());
        Self {
            derivation: key("codes in mails: digits"),
            codes: key("codes in mails: codes at rest"),
            links: key("codes in mails: links at rest"),
            claims: key("codes in mails: claims"),
            pseudonyms: key("codes in mails: guesses"),
        }
    }

    /// Makes a code and its link. `None` when the system has no random bytes.
    pub fn issue(&self, binding: CodeBinding, now: DateTime<Utc>, validity: TimeDelta) -> Option<IssuedCode> {
        let id = Uuid::now_v7();
        let mut secret = [0; 48];
        let (head, random) = secret.split_at_mut(16);
        head.copy_from_slice(id.as_bytes());
        rand::fill(random).ok()?;
        let link = Secret::new(URL_SAFE_NO_PAD.encode(secret));
        let code = self.code_of(&link);
        Some(IssuedCode {
            id,
            code_mac: self.code_mac(&binding, &code),
            link_mac: self.link_mac(&binding, &link),
            code: code.into_digits(),
            link,
            sent_at: now,
            expires_at: now + validity,
            binding,
        })
    }

    /// `true` when `typed` is the code with this HMAC. Takes constant time.
    pub fn is_code(&self, binding: &CodeBinding, typed: &TypedCode, stored: &[u8]) -> bool {
        constant_time::verify_slices_are_equal(&self.code_mac(binding, typed), stored).is_ok()
    }

    /// `true` when `opened` is the link with this HMAC. Takes constant time.
    pub fn is_link(&self, binding: &CodeBinding, opened: &OpenedLink, stored: &[u8]) -> bool {
        constant_time::verify_slices_are_equal(&self.link_mac(binding, opened.secret()), stored).is_ok()
    }

    /// The code in the mail of this link: shown by a page to a browser that cannot use the link itself.
    pub fn code_behind(&self, opened: &OpenedLink) -> Secret {
        self.code_of(opened.secret()).into_digits()
    }

    /// Subject of the budgets of wrong codes: the account, or a pseudonym of an address without one.
    pub fn subject(&self, binding: &CodeBinding) -> Uuid {
        match binding.user {
            Some(user) => user.0,
            None => Uuid::from_bytes(self.pseudonym(b"login", binding.login.as_str().as_bytes())),
        }
    }

    /// Pseudonym of the network of a client: its IPv4 address, or the /64 of its IPv6 address.
    pub fn network(&self, address: Option<IpAddr>) -> String {
        let bytes = match address.map(|address| address.to_canonical()) {
            None => Vec::new(),
            Some(IpAddr::V4(address)) => address.octets().to_vec(),
            Some(IpAddr::V6(address)) => address.octets()[..8].to_vec(),
        };
        URL_SAFE_NO_PAD.encode(self.pseudonym(b"network", &bytes))
    }

    /// Secret of the page that frees a claimed address, for the mails to it: 64 characters of base64url, without an end.
    pub fn claim_link(&self, user: UserId, login: &Email) -> Secret {
        let tag = hmac::sign(&self.claims, &[user.0.as_bytes(), login.as_str().as_bytes()].concat());
        Secret::new(URL_SAFE_NO_PAD.encode([user.0.as_bytes(), tag.as_ref()].concat()))
    }

    /// The account of a claim link, not checked yet; `None` for another text.
    pub fn account_of_claim_link(text: &str) -> Option<UserId> {
        let bytes = URL_SAFE_NO_PAD.decode(text.trim()).ok().filter(|bytes| bytes.len() == 48)?;
        Uuid::from_slice(bytes.get(..16)?).ok().map(UserId)
    }

    /// `true` when the text is the claim link of this account and address. Takes constant time.
    pub fn is_claim_link(&self, text: &str, user: UserId, login: &Email) -> bool {
        let own = self.claim_link(user, login);
        constant_time::verify_slices_are_equal(own.expose().as_bytes(), text.trim().as_bytes()).is_ok()
    }

    fn code_of(&self, link: &Secret) -> TypedCode {
        let tag = hmac::sign(&self.derivation, link.expose().as_bytes());
        let mut number = [0; 8];
        number.copy_from_slice(&tag.as_ref()[..8]);
        // The bias is 10^8 / 2^64.
        TypedCode::of_digits(Secret::new(format!("{:08}", u64::from_be_bytes(number) % CODES)))
    }

    fn code_mac(&self, binding: &CodeBinding, code: &TypedCode) -> [u8; 32] {
        tag(&self.codes, binding, code.digits())
    }

    fn link_mac(&self, binding: &CodeBinding, link: &Secret) -> [u8; 32] {
        tag(&self.links, binding, link)
    }

    fn pseudonym(&self, kind: &[u8], value: &[u8]) -> [u8; 16] {
        let tag = hmac::sign(&self.pseudonyms, &[kind, b"\0", value].concat());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&tag.as_ref()[..16]);
        bytes
    }
}

/// Fields of fixed length come first, and the secret has no zero byte, so that no two bindings give one text.
fn tag(key: &hmac::Key, binding: &CodeBinding, secret: &Secret) -> [u8; 32] {
    let user = binding.user.map_or(Uuid::nil(), |user| user.0);
    let mut context = hmac::Context::with_key(key);
    context.update(&[purpose_number(binding.purpose).to_be_bytes()[1]]);
    context.update(binding.asker.as_bytes());
    context.update(user.as_bytes());
    context.update(secret.expose().as_bytes());
    context.update(b"\0");
    context.update(binding.login.as_str().as_bytes());
    let mut bytes = [0; 32];
    bytes.copy_from_slice(context.sign().as_ref());
    bytes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::mail_code::{CODE_VALIDITY, CodePurpose};

    fn codes() -> MailCodes {
        MailCodes::new(b"a key of this installation, 256 bits")
    }

    fn binding() -> CodeBinding {
        CodeBinding {
            purpose: CodePurpose::Proof,
            asker: Uuid::from_u128(1),
            user: Some(UserId(Uuid::from_u128(2))),
            login: Email::parse("anna@example.org").unwrap(),
        }
    }

    fn issued() -> IssuedCode {
        codes().issue(binding(), DateTime::UNIX_EPOCH, CODE_VALIDITY).unwrap()
    }

    #[test]
    fn a_code_is_accepted_for_what_it_is_bound_to_and_nothing_else() {
        let (codes, issued) = (codes(), issued());
        let typed = TypedCode::parse(issued.code.expose()).unwrap();
        let opened = OpenedLink::parse(issued.link.expose()).unwrap();
        assert!(codes.is_code(&binding(), &typed, &issued.code_mac));
        assert!(codes.is_link(&binding(), &opened, &issued.link_mac));
        let others = [
            CodeBinding { purpose: CodePurpose::Reset, ..binding() },
            CodeBinding { asker: Uuid::from_u128(3), ..binding() },
            CodeBinding { user: None, ..binding() },
            CodeBinding { user: Some(UserId(Uuid::from_u128(1))), ..binding() },
            CodeBinding { login: Email::parse("anna@example.net").unwrap(), ..binding() },
        ];
        for other in others {
            assert!(!codes.is_code(&other, &typed, &issued.code_mac), "{other:?}");
            assert!(!codes.is_link(&other, &opened, &issued.link_mac), "{other:?}");
        }
        let foreign = MailCodes::new(b"another");
        assert!(!foreign.is_code(&binding(), &typed, &issued.code_mac));
    }

    #[test]
    fn the_code_behind_a_link_is_the_one_of_its_mail() {
        let issued = issued();
        let opened = OpenedLink::parse(issued.link.expose()).unwrap();
        assert_eq!(opened.id, issued.id);
        assert_eq!(codes().code_behind(&opened).expose(), issued.code.expose());
    }

    #[test]
    fn a_cut_link_is_none() {
        let issued = issued();
        let link = issued.link.expose();
        assert_eq!(link.len(), 64, "a link fits into a line of a mail");
        for length in 0..link.len() {
            assert!(OpenedLink::parse(&link[..length]).is_none(), "{length}");
        }
        assert!(OpenedLink::parse(&format!("{link}A")).is_none());
        assert!(OpenedLink::parse(&format!(" {link}\n")).is_some());
    }

    #[test]
    fn a_claim_link_is_that_of_one_account_and_one_address() {
        let (codes, user, login) = (codes(), UserId::new(), Email::parse("anna@example.org").unwrap());
        let link = codes.claim_link(user, &login);
        assert_eq!(MailCodes::account_of_claim_link(link.expose()), Some(user));
        assert!(codes.is_claim_link(link.expose(), user, &login));
        assert!(!codes.is_claim_link(link.expose(), UserId::new(), &login));
        assert!(!codes.is_claim_link(link.expose(), user, &Email::parse("anna@example.net").unwrap()));
        assert!(MailCodes::account_of_claim_link(&link.expose()[1..]).is_none());
    }

    #[test]
    fn textual_forms_of_one_network_have_one_pseudonym() {
        let network = |text: &str| codes().network(Some(text.parse().unwrap()));
        assert_eq!(network("192.0.2.1"), network("::ffff:192.0.2.1"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::2"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_ne!(network("2001:db8:1:2::1"), codes().network(None));
    }

    #[test]
    fn secrets_are_not_printed_by_debug() {
        let issued = issued();
        let printed = format!("{issued:?} {:?}", TypedCode::parse("01234567").unwrap());
        assert!(!printed.contains(issued.code.expose()) && !printed.contains(issued.link.expose()));
        assert!(!printed.contains("01234567") && !printed.contains("anna"));
    }

    proptest! {
        #[test]
        fn a_truncated_or_changed_link_is_wrong(at in 0_usize..64, letter in "[A-Za-z0-9_-]") {
            let (codes, issued) = (codes(), issued());
            let mut changed = issued.link.expose().to_owned();
            changed.replace_range(at..=at, &letter);
            prop_assume!(changed != issued.link.expose());
            let is_link = OpenedLink::parse(&changed).is_some_and(|link| codes.is_link(&binding(), &link, &issued.link_mac));
            prop_assert!(!is_link);
        }
    }
}

//! Secrets of the outbox: contents are sealed, and rows know addresses and domains by keyed hashes only.

use aws_lc_rs::hmac;
use mailer::{Mail, Recipient};
use service_kit::Sealer;
use uuid::Uuid;
use zeroize::Zeroizing;

/// Keyed hash of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AddressKey(pub [u8; 16]);

/// Keys, derived from the secret that all replicas share.
pub(crate) struct OutboxKeys {
    sealer: Sealer,
    addresses: hmac::Key,
}

impl OutboxKeys {
    pub(crate) fn new(secret: &[u8]) -> Self {
        let derived = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), b"addresses of mails");
        Self {
            sealer: Sealer::new(secret, "sealed mail"),
            addresses: hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref()),
        }
    }

    /// Seals a mail for its row. `None` when the system has no random bytes.
    pub(crate) fn seal(&self, id: Uuid, mail: &Mail) -> Option<Vec<u8>> {
        let plain = Zeroizing::new(serde_json::to_vec(mail).ok()?);
        self.sealer.seal_bytes(&plain, id.as_bytes())
    }

    /// Opens the mail of a row. `None` when it was sealed with another secret or for another row, or is of a kind that
    /// only a later release knows.
    pub(crate) fn open(&self, id: Uuid, sealed: &[u8]) -> Option<Mail> {
        serde_json::from_slice(&self.sealer.open_bytes(sealed, id.as_bytes())?).ok()
    }

    /// Key of an address.
    pub(crate) fn address(&self, recipient: &Recipient) -> AddressKey {
        let tag = hmac::sign(&self.addresses, recipient.as_str().as_bytes());
        AddressKey(std::array::from_fn(|index| tag.as_ref()[index]))
    }

    /// Key of the domain of an address.
    pub(crate) fn domain(&self, recipient: &Recipient) -> i64 {
        // An address holds an `@`, and so is never taken for a domain.
        AddressKey(self.address(&Recipient::new(recipient.domain())).0).lock_number()
    }
}

impl AddressKey {
    /// The key as a number, for advisory locks.
    pub(crate) fn lock_number(self) -> i64 {
        i64::from_be_bytes(std::array::from_fn(|index| self.0[index]))
    }
}

#[cfg(test)]
mod tests {
    use contracts::Language;
    use mailer::{MailCode, Notification};

    use super::*;

    fn mail() -> Mail {
        Mail {
            to: Recipient::new("anna@example.org"),
            language: Language::En,
            notification: Notification::PasswordReset { code: MailCode::new("01234567").unwrap(), link: None },
            at: "2026-05-14T10:20:30Z".parse().unwrap(),
            address: Some("192.0.2.7".parse().unwrap()),
            not_me: None,
        }
    }

    #[test]
    fn a_sealed_mail_opens_in_its_row_only_and_shows_nothing() {
        let (keys, id) = (OutboxKeys::new(b"a key of this installation, 256 bits"), Uuid::now_v7());
        let sealed = keys.seal(id, &mail()).unwrap();
        assert_eq!(keys.open(id, &sealed), Some(mail()));
        assert_eq!(keys.open(Uuid::now_v7(), &sealed), None);
        assert_eq!(OutboxKeys::new(b"another installation").open(id, &sealed), None);
        let text = String::from_utf8_lossy(&sealed);
        assert!(!text.contains("anna") && !text.contains("01234567"));
    }

    #[test]
    fn hashes_of_addresses_need_the_key_and_domains_are_shared() {
        let keys = OutboxKeys::new(b"a key of this installation, 256 bits");
        let [anna, boris, other] = ["anna@example.org", "boris@example.org", "anna@example.com"].map(Recipient::new);
        assert_ne!(keys.address(&anna), keys.address(&boris));
        assert_ne!(keys.address(&anna), OutboxKeys::new(b"another installation").address(&anna));
        assert_eq!(keys.domain(&anna), keys.domain(&boris));
        assert_ne!(keys.domain(&anna), keys.domain(&other));
    }
}

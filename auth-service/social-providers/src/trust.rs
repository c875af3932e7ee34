//! Trust in e-mail addresses. Only the host of a mailbox knows its owner; any other provider has the address from its
//! user, or verified it once, long ago. Trusting such an address is how accounts are taken over.

use serde_json::Value;

/// Mailbox domains that Yandex hosts.
const YANDEX: [&str; 6] = ["yandex.ru", "ya.ru", "yandex.com", "yandex.by", "yandex.kz", "yandex.com.tr"];
/// Mailbox domains that Mail hosts.
const MAIL_RU: [&str; 5] = ["mail.ru", "inbox.ru", "list.ru", "bk.ru", "internet.ru"];
/// Mailbox domains that Google hosts.
const GOOGLE: [&str; 2] = ["gmail.com", "googlemail.com"];

/// An address in its two parts. Without `Debug`, which would show it.
#[derive(Clone, Copy)]
pub(crate) struct Mailbox<'a> {
    /// The part before the `@`.
    pub local: &'a str,
    /// The part after it.
    pub domain: &'a str,
}

impl<'a> Mailbox<'a> {
    /// Splits an address in lower case; `None` without one `@` between two texts.
    pub(crate) fn parse(address: &'a str) -> Option<Self> {
        let (local, domain) = address.split_once('@')?;
        let shaped = !local.is_empty() && !domain.is_empty() && !domain.contains('@');
        shaped.then_some(Self { local, domain })
    }
}

/// `true` for the boolean `true`, or the string of old documents of Google. Anything else, also `1`, is not verified.
pub(crate) fn says_verified(claim: Option<&Value>) -> bool {
    matches!(claim, Some(Value::Bool(true))) || claim.and_then(Value::as_str) == Some("true")
}

/// Google: verified, and hosted by Google itself or by the Workspace of the account (`hd`).
pub(crate) fn google(mailbox: &Mailbox<'_>, verified: bool, workspace: Option<&str>) -> bool {
    let hosted = workspace.is_some_and(|workspace| workspace.eq_ignore_ascii_case(mailbox.domain));
    verified && (GOOGLE.contains(&mailbox.domain) || hosted)
}

/// Yandex: the mailbox of this login. Accounts may have any other address, also one of another person.
pub(crate) fn yandex(mailbox: &Mailbox<'_>, login: Option<&str>) -> bool {
    let same = |text: &str| text.to_lowercase().replace('.', "-"); // one mailbox at Yandex
    let own = login.is_some_and(|login| same(login) == same(mailbox.local));
    own && YANDEX.contains(&mailbox.domain)
}

/// Mail: its own mailboxes.
pub(crate) fn mail_ru(mailbox: &Mailbox<'_>) -> bool {
    MAIL_RU.contains(&mailbox.domain)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn address(text: &str) -> Mailbox<'_> {
        Mailbox::parse(text).unwrap()
    }

    #[test]
    fn only_true_counts_as_verified() {
        assert!(says_verified(Some(&json!(true))) && says_verified(Some(&json!("true"))));
        for no in [
            json!(false),
            json!("false"),
            json!(1),
            json!("1"),
            json!("True"),
            json!("yes"),
            json!(null),
            json!([true]),
        ] {
            assert!(!says_verified(Some(&no)), "{no}");
        }
        assert!(!says_verified(None));
    }

    #[test]
    fn google_is_trusted_for_its_own_mailboxes_and_those_of_the_workspace() {
        assert!(google(&address("a@gmail.com"), true, None));
        assert!(google(&address("a@firm.test"), true, Some("Firm.test")));
        assert!(!google(&address("a@gmail.com"), false, None));
        assert!(!google(&address("a@firm.test"), true, None));
        assert!(!google(&address("a@firm.test"), true, Some("other.test")));
        assert!(!google(&address("a@gmail.com.evil.test"), true, None));
    }

    #[test]
    fn yandex_is_trusted_for_the_mailbox_of_the_login_only() {
        assert!(yandex(&address("vasya@yandex.ru"), Some("vasya")));
        assert!(yandex(&address("vasya.p@ya.ru"), Some("vasya-p")));
        for (text, login) in [
            ("vasya@yandex.ru", Some("petya")),
            ("vasya@yandex.ru", None),
            ("vasya@gmail.com", Some("vasya")),
            ("vasya@yandex.ru.evil.test", Some("vasya")),
        ] {
            assert!(!yandex(&address(text), login), "{text}");
        }
    }

    #[test]
    fn mail_is_trusted_for_its_own_mailboxes() {
        assert!(mail_ru(&address("a@inbox.ru")));
        assert!(!mail_ru(&address("a@gmail.com")) && !mail_ru(&address("a@corp.mail.ru")));
    }
}

//! Texts of mails, one function per language. A module of the programs and not of the library: a text that is changed
//! compiles again with them alone.

mod en;
mod ru;
mod wording;

use contracts::Language;
use mailer::{Mail, MailText};

/// Renders a mail in its language; `account` is the URL of the account page.
pub(crate) fn text(mail: &Mail, account: &str) -> MailText {
    match mail.language {
        Language::Ru => ru::text(mail, account),
        Language::En => en::text(mail, account),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on should fail")]
mod tests {
    use mailer::{Notification, Recipient};

    use super::*;

    fn mail(language: Language, notification: Notification) -> Mail {
        let at = "2026-05-14T10:20:30Z".parse().unwrap();
        let address = Some("192.0.2.7".parse().unwrap());
        Mail { to: Recipient::new("anna@example.org"), language, notification, at, address }
    }

    fn all() -> [Notification; 5] {
        let provider = || "Example ID".to_owned();
        [
            Notification::SocialLinked { provider: provider() },
            Notification::SocialUnlinked { provider: provider() },
            Notification::PasswordSet,
            Notification::PasswordChanged,
            Notification::AccountDeleted,
        ]
    }

    /// Does not compile with another variant: then `all` lists it too.
    #[test]
    fn every_kind_of_mail_is_tested() {
        let position = |notification: &Notification| match notification {
            Notification::SocialLinked { .. } => 0,
            Notification::SocialUnlinked { .. } => 1,
            Notification::PasswordSet => 2,
            Notification::PasswordChanged => 3,
            Notification::AccountDeleted => 4,
        };
        assert!(all().iter().map(position).eq(0..all().len()));
    }

    #[test]
    fn every_mail_has_the_change_its_time_its_address_and_advice() {
        for language in [Language::Ru, Language::En] {
            let when = if language == Language::Ru { "14.05.2026 10:20 UTC" } else { "2026-05-14 10:20 UTC" };
            for notification in all() {
                let MailText { subject, body } =
                    text(&mail(language, notification.clone()), "https://id.example/account");
                assert!(!subject.is_empty() && body.contains(when) && body.contains("192.0.2.7"), "{body}");
                let social =
                    matches!(notification, Notification::SocialLinked { .. } | Notification::SocialUnlinked { .. });
                assert_eq!(body.contains("Example ID"), social, "{body}");
                let deleted = notification == Notification::AccountDeleted;
                assert_eq!(body.contains("https://id.example/account"), !deleted, "{body}");
                assert!(body.contains(if language == Language::Ru { "не вы" } else { "not you" }), "{body}");
                assert!(body.lines().all(|line| line.chars().count() <= 78), "{body}");
            }
        }
    }

    #[test]
    fn subjects_differ_within_a_language() {
        for language in [Language::Ru, Language::En] {
            let subjects: std::collections::HashSet<_> =
                all().into_iter().map(|notification| text(&mail(language, notification), "").subject).collect();
            assert_eq!(subjects.len(), all().len());
        }
    }

    #[test]
    fn an_unknown_address_is_omitted() {
        let mut mail = mail(Language::En, Notification::PasswordSet);
        mail.address = None;
        assert!(!text(&mail, "").body.contains("From the"));
        mail.language = Language::Ru;
        assert!(!text(&mail, "").body.contains("С адреса"));
    }

    #[test]
    fn a_name_with_line_breaks_stays_in_its_line() {
        let provider = format!("Evil\r\nBcc: eve@example.org\n{}", "x".repeat(1000));
        let body = text(&mail(Language::En, Notification::SocialLinked { provider }), "").body;
        assert!(!body.contains("\nBcc:") && !body.contains('\r') && body.len() < 1000, "{body}");
    }
}

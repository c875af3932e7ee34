//! Every mail in every language.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail")]

use std::collections::HashSet;

use contracts::Language;
use mailer::{AccountLink, MailCode, Recipient};

use super::*;

const LANGUAGES: [Language; 2] = [Language::Ru, Language::En];
const ACCOUNT: &str = "https://id.example/account";
const ACTS: [OperatorAct; 11] = [
    OperatorAct::Disabled,
    OperatorAct::Enabled,
    OperatorAct::Unlocked,
    OperatorAct::SessionsEnded,
    OperatorAct::EmailFreed,
    OperatorAct::EmailProved,
    OperatorAct::BirthDateCorrected,
    OperatorAct::PasswordReset,
    OperatorAct::SecondFactorsReset,
    OperatorAct::RolesChanged,
    OperatorAct::Deleted,
];

fn mail(language: Language, notification: Notification) -> Mail {
    let at = "2026-05-14T10:20:30Z".parse().unwrap();
    let (to, address) = (Recipient::new("anna@example.org"), Some("192.0.2.7".parse().unwrap()));
    Mail { to, language, notification, at, address, not_me: AccountLink::new("not-me/SECRET") }
}

fn all() -> Vec<Notification> {
    let (code, until) = (MailCode::new("01234567").unwrap(), "2026-05-21T10:20:30Z".parse().unwrap());
    let (link, provider) = (|| AccountLink::new("page/SECRET"), || "Example ID".to_owned());
    let mut all = vec![
        Notification::EmailProof { code: code.clone(), link: link() },
        Notification::PasswordReset { code: code.clone(), link: link() },
        Notification::EmailChange { code: code.clone() },
        Notification::EmailRelease { code },
        Notification::EmailChangeRequested { effective_at: until, cancel: link() },
        Notification::EmailChanged { undo_until: until, undo: link() },
        Notification::EmailChangeUndone,
        Notification::EmailRequested,
        Notification::ClaimExpiring { deleted_at: until },
        Notification::SocialLinked { provider: provider() },
        Notification::SocialUnlinked { provider: provider() },
        Notification::PasswordSet,
        Notification::PasswordChanged { unlinked: false },
        Notification::PasswordChanged { unlinked: true },
        Notification::PasswordRecovered,
        Notification::SessionReplayed,
        Notification::DeviceApproved,
        Notification::DataExported,
        Notification::AccountDeleted,
    ];
    all.extend(ACTS.map(|act| Notification::ByOperator { act }));
    all
}

/// The notification as JSON, whose strings are the values that a text must show.
fn values(notification: &Notification) -> Vec<String> {
    let mut values = Vec::new();
    match notification {
        Notification::EmailProof { code, link } | Notification::PasswordReset { code, link } => {
            values.extend([code.as_str().to_owned(), link.as_ref().unwrap().url(ACCOUNT)]);
        }
        Notification::EmailChange { code } | Notification::EmailRelease { code } => {
            values.push(code.as_str().to_owned());
        }
        Notification::EmailChangeRequested { cancel: link, .. } | Notification::EmailChanged { undo: link, .. } => {
            values.extend([link.as_ref().unwrap().url(ACCOUNT), "21".to_owned()]);
        }
        Notification::ClaimExpiring { .. } => values.push("21".to_owned()),
        Notification::SocialLinked { provider } | Notification::SocialUnlinked { provider } => {
            values.push(provider.clone());
        }
        _ => {}
    }
    values
}

#[test]
fn every_mail_shows_all_its_values_its_time_its_address_and_the_page_that_frees_it() {
    for language in LANGUAGES {
        let when = if language == Language::Ru { "14.05.2026 10:20 UTC" } else { "2026-05-14 10:20 UTC" };
        for notification in all() {
            let MailText { subject, body } = text(&mail(language, notification.clone()), ACCOUNT);
            assert!(!subject.is_empty() && !subject.contains(['{', '\n', '\r']), "{subject}");
            for value in values(&notification).iter().map(String::as_str).chain([
                when,
                "192.0.2.7",
                "https://id.example/account/not-me/SECRET",
            ]) {
                assert!(body.contains(value), "{value} is missing in {body}");
            }
            assert!(!body.contains(['{', '}', '\r']) && !body.contains("\n\n\n"), "{body}");
            assert!(body.lines().all(|line| line.chars().count() <= 78), "{body}");
        }
    }
}

#[test]
fn a_file_uses_the_same_values_in_every_language_and_none_that_no_mail_has() {
    const KNOWN: [&str; 9] = ["account", "address", "code", "link", "not_me", "provider", "text", "until", "when"];
    let names = |text: &'static str| -> HashSet<&str> {
        text.split('{').skip(1).map(|part| part.split_once('}').unwrap().0).collect()
    };
    for template in all().iter().map(template_of).chain([FRAME]) {
        assert_eq!(names(template.ru), names(template.en), "{}", template.en);
        assert!(names(template.en).iter().all(|name| KNOWN.contains(name)), "{}", template.en);
    }
}

#[test]
fn every_mail_about_a_change_tells_the_owner_what_to_do_if_it_was_not_theirs() {
    for language in LANGUAGES {
        for notification in all() {
            let body = text(&mail(language, notification.clone()), ACCOUNT).body;
            let advice = match language {
                Language::Ru => {
                    ["не вы", "не запрашивали", "не просили", "не ожидали", "незнакомые", "Чтобы сохранить"]
                }
                Language::En => {
                    ["not you", "did not ask", "did not ask for", "did not expect", "do not know", "To keep"]
                }
            };
            assert!(advice.iter().any(|advice| body.contains(advice)), "{body}");
        }
    }
}

#[test]
fn subjects_differ_within_a_language() {
    for language in LANGUAGES {
        let subjects: HashSet<_> =
            all().into_iter().map(|notification| text(&mail(language, notification), "").subject).collect();
        assert_eq!(subjects.len(), all().len() - 1, "a changed password has two texts under one subject");
    }
}

#[test]
fn a_paragraph_without_its_value_is_omitted() {
    for (language, words) in
        [(Language::En, ["From the", "Free it", "opens"]), (Language::Ru, ["С адреса", "Освободите", "открыть"])]
    {
        let code = MailCode::new("01234567").unwrap();
        let mut mail = mail(language, Notification::EmailProof { code, link: None });
        (mail.address, mail.not_me) = (None, None);
        let body = text(&mail, ACCOUNT).body;
        assert!(body.contains("01234567") && words.iter().all(|word| !body.contains(word)), "{body}");
    }
}

#[test]
fn a_name_with_line_breaks_stays_in_its_line() {
    let provider = format!("Evil\r\nBcc: eve@example.org\n{}", "x".repeat(1000));
    let body = text(&mail(Language::En, Notification::SocialLinked { provider }), "").body;
    assert!(!body.contains("\nBcc:") && !body.contains('\r') && body.len() < 1500, "{body}");
}

#[test]
fn a_value_with_braces_is_not_filled_again() {
    let body = text(&mail(Language::En, Notification::SocialLinked { provider: "{account}".into() }), "URL").body;
    assert!(body.contains("An account at {account} was linked"), "{body}");
}

//! Text files with values.

use chrono::{DateTime, Utc};
use contracts::Language;
use mailer::{Mail, Notification};

/// Maximum length of a provider's name in a mail, in characters.
const MAX_NAME: usize = 64;

/// Texts of one mail by language.
#[derive(Debug, Clone, Copy)]
pub(super) struct Template {
    pub ru: &'static str,
    pub en: &'static str,
}

/// Values of a mail by name.
#[derive(Debug, Clone)]
pub(super) struct Values(Vec<(&'static str, String)>);

impl Values {
    /// The values that a mail has.
    pub(super) fn of(mail: &Mail, account: &str) -> Self {
        let mut values = Self(vec![("account", account.to_owned()), ("when", time(mail.language, mail.at))]);
        if let Some(address) = mail.address {
            values.set("address", address.to_string());
        }
        if let Some(link) = &mail.not_me {
            values.set("not_me", link.url(account));
        }
        values.add(&mail.notification, mail.language, account);
        values
    }

    fn add(&mut self, notification: &Notification, language: Language, account: &str) {
        let (code, link, until) = match notification {
            Notification::EmailProof { code, link } | Notification::PasswordReset { code, link } => {
                (Some(code), link.as_ref(), None)
            }
            Notification::EmailChange { code } | Notification::EmailRelease { code } => (Some(code), None, None),
            Notification::EmailChangeRequested { effective_at, cancel } => (None, cancel.as_ref(), Some(effective_at)),
            Notification::EmailChanged { undo_until, undo } => (None, undo.as_ref(), Some(undo_until)),
            Notification::ClaimExpiring { deleted_at } => (None, None, Some(deleted_at)),
            Notification::SocialLinked { provider } | Notification::SocialUnlinked { provider } => {
                return self.set("provider", name(provider));
            }
            Notification::EmailChangeUndone
            | Notification::EmailRequested
            | Notification::PasswordSet
            | Notification::PasswordChanged { .. }
            | Notification::PasswordRecovered
            | Notification::SessionReplayed
            | Notification::DeviceApproved
            | Notification::DataExported
            | Notification::AccountDeleted
            | Notification::ByOperator { .. } => return,
        };
        if let Some(code) = code {
            self.set("code", code.as_str().to_owned());
        }
        if let Some(link) = link {
            self.set("link", link.url(account));
        }
        if let Some(until) = until {
            self.set("until", time(language, *until));
        }
    }

    /// Adds a value.
    pub(super) fn set(&mut self, name: &'static str, value: String) {
        self.0.push((name, value));
    }

    /// A paragraph with its values; `None` when one of them is missing.
    fn fill(&self, paragraph: &str) -> Option<String> {
        let mut parts = paragraph.split('{');
        let mut filled = parts.next()?.to_owned();
        for part in parts {
            let (name, rest) = part.split_once('}')?;
            let (_, value) = self.0.iter().find(|(known, _)| *known == name)?;
            filled.push_str(value);
            filled.push_str(rest);
        }
        Some(filled)
    }

    fn paragraphs(&self, text: &str) -> String {
        let filled: Vec<_> = text.trim_end().split("\n\n").filter_map(|paragraph| self.fill(paragraph)).collect();
        filled.join("\n\n")
    }
}

impl Template {
    fn file(self, language: Language) -> &'static str {
        match language {
            Language::Ru => self.ru,
            Language::En => self.en,
        }
    }

    /// Subject and text.
    pub(super) fn fill(self, language: Language, values: &Values) -> (&'static str, String) {
        let (subject, text) = self.file(language).split_once("\n\n").unwrap_or_default();
        (subject, values.paragraphs(text))
    }

    /// The whole body of a mail.
    pub(super) fn frame(self, language: Language, values: &Values) -> String {
        format!("{}\n", values.paragraphs(self.file(language)))
    }
}

fn time(language: Language, at: DateTime<Utc>) -> String {
    let format = match language {
        Language::Ru => "%d.%m.%Y %H:%M UTC",
        Language::En => "%Y-%m-%d %H:%M UTC",
    };
    at.format(format).to_string()
}

/// A name from the settings, made safe for use inside of a line.
fn name(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(MAX_NAME).collect()
}

//! Accounts at a stub.

use serde_json::{Value, json};

/// An account at a provider.
#[derive(Debug, Clone)]
pub struct Person {
    /// Its id at the provider; a number for VK ID.
    pub subject: String,
    /// Its login at Yandex, nickname at Mail.ru, `preferred_username` of other providers.
    pub login: String,
    /// Its e-mail address.
    pub email: Option<String>,
    /// The claim `email_verified`, for providers that have it; `None` omits it.
    pub email_verified: Option<Value>,
    /// Its Google Workspace domain (`hd`).
    pub workspace: Option<String>,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// Birth date as `YYYY-MM-DD`, parts of it possibly zero.
    pub birthday: Option<String>,
}

impl Person {
    /// An account with a verified address and a birth date.
    pub fn new(subject: &str, email: &str) -> Self {
        Self {
            subject: subject.to_owned(),
            login: email.split('@').next().unwrap_or_default().to_owned(),
            email: Some(email.to_owned()),
            email_verified: Some(json!(true)),
            workspace: None,
            first_name: "Анна".to_owned(),
            last_name: "Иванова".to_owned(),
            birthday: Some("1987-03-12".to_owned()),
        }
    }

    /// An account without an address.
    pub fn without_email(subject: &str) -> Self {
        Self { email: None, email_verified: None, login: "nobody".to_owned(), ..Self::new(subject, "") }
    }

    pub(crate) fn full_name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name).trim().to_owned()
    }

    /// `dd.mm.yyyy`, without an unknown year.
    pub(crate) fn birthday_by_dots(&self) -> Option<String> {
        let parts: Vec<_> = self.birthday.as_deref()?.split('-').rev().filter(|part| *part != "0000").collect();
        Some(parts.join("."))
    }
}

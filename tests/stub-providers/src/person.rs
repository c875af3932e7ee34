//! Who may sign in at a stub.

use serde_json::{Value, json};

/// An account at a provider.
#[derive(Debug, Clone)]
pub struct Person {
    /// The provider's id of it; a number for VK ID.
    pub subject: String,
    /// Its login at Yandex, nickname at Mail, `preferred_username` elsewhere.
    pub login: String,
    /// Its e-mail address.
    pub email: Option<String>,
    /// The claim `email_verified` of those who have it; `None` leaves it out.
    pub email_verified: Option<Value>,
    /// The Google Workspace that it belongs to.
    pub workspace: Option<String>,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// Day of birth as `YYYY-MM-DD`, parts of it possibly zero.
    pub birthday: Option<String>,
}

impl Person {
    /// Somebody with a verified address and a day of birth.
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

    /// Somebody of whom no address is told.
    pub fn without_email(subject: &str) -> Self {
        Self { email: None, email_verified: None, login: "nobody".to_owned(), ..Self::new(subject, "") }
    }

    pub(crate) fn full_name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name).trim().to_owned()
    }

    /// `dd.mm.yyyy`, without what is not known.
    pub(crate) fn birthday_by_dots(&self) -> Option<String> {
        let parts: Vec<_> = self.birthday.as_deref()?.split('-').rev().filter(|part| *part != "0000").collect();
        Some(parts.join("."))
    }
}

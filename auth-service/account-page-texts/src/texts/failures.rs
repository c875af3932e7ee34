//! Texts of errors: what happened, and what to do.

use contracts::codes;
use contracts::problem::Code;

/// Title and advice.
#[derive(Debug, Clone, Copy)]
pub struct Message {
    /// Heading of the page: the error.
    pub title: &'static str,
    /// Next step of the user.
    pub advice: &'static str,
}

/// Texts of all errors of pages.
#[expect(missing_docs, reason = "a field is named after its text; `en.rs` has it in English")]
pub struct Failures {
    pub bad_request: Message,
    pub form_refused: Message,
    pub forbidden: Message,
    pub closed: Message,
    pub not_found: Message,
    pub wrong_verb: Message,
    pub conflict: Message,
    pub too_large: Message,
    pub too_many: Message,
    pub busy: Message,
    pub unavailable: Message,
    pub internal: Message,
    pub no_such_provider: Message,
    pub ticket_invalid: Message,
    pub cancelled: Message,
    pub refused: Message,
    pub social_email_taken: Message,
    pub social_account_taken: Message,
    pub not_fresh: Message,
    pub exported_recently: Message,
    pub too_many_accounts: Message,
    pub last_way_in: Message,
    pub provider_failed: Message,
    pub provider_unavailable: Message,
}

impl Failures {
    /// Text of a code; that of its status if it has none.
    pub fn of(&self, code: &Code) -> Message {
        let own = [
            (codes::FORM_REFUSED, self.form_refused),
            (codes::HASHING_BUSY, self.busy),
            (codes::ACCOUNT_DISABLED, self.closed),
            (codes::PROVIDER_NOT_FOUND, self.no_such_provider),
            (codes::SOCIAL_TICKET_INVALID, self.ticket_invalid),
            (codes::SOCIAL_CANCELLED, self.cancelled),
            (codes::SOCIAL_REFUSED, self.refused),
            (codes::SOCIAL_EMAIL_TAKEN, self.social_email_taken),
            (codes::SOCIAL_ACCOUNT_TAKEN, self.social_account_taken),
            (codes::SESSION_NOT_FRESH, self.not_fresh),
            (codes::EXPORTED_RECENTLY, self.exported_recently),
            (codes::TOO_MANY_SOCIAL_ACCOUNTS, self.too_many_accounts),
            (codes::LAST_WAY_IN, self.last_way_in),
            (codes::PROVIDER_FAILED, self.provider_failed),
            (codes::PROVIDER_UNAVAILABLE, self.provider_unavailable),
        ];
        if let Some((_, message)) = own.iter().find(|(known, _)| known.code == code.code) {
            return *message;
        }
        match code.status {
            401 | 403 => self.forbidden,
            404 => self.not_found,
            405 => self.wrong_verb,
            409 => self.conflict,
            413 => self.too_large,
            429 => self.too_many,
            400..=499 => self.bad_request,
            503 => self.unavailable,
            _ => self.internal,
        }
    }
}

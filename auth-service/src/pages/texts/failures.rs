//! What is said when something goes wrong: what happened, and what to do.

use contracts::codes;
use contracts::problem::Code;

/// What happened, and what to do.
#[derive(Debug, Clone, Copy)]
pub struct Words {
    pub title: &'static str,
    pub advice: &'static str,
}

/// The words for everything that goes wrong on a page.
pub struct Failures {
    pub bad_request: Words,
    pub form_refused: Words,
    pub forbidden: Words,
    pub closed: Words,
    pub not_found: Words,
    pub wrong_verb: Words,
    pub conflict: Words,
    pub too_large: Words,
    pub too_many: Words,
    pub busy: Words,
    pub unavailable: Words,
    pub internal: Words,
    pub no_such_provider: Words,
    pub ticket_invalid: Words,
    pub cancelled: Words,
    pub refused: Words,
    pub social_email_taken: Words,
    pub social_account_taken: Words,
    pub not_fresh: Words,
    pub too_many_accounts: Words,
    pub last_way_in: Words,
    pub provider_failed: Words,
    pub provider_unavailable: Words,
}

impl Failures {
    /// The words for a code: its own where it has some, else those of its status.
    pub fn of(&self, code: &Code) -> Words {
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
            (codes::TOO_MANY_SOCIAL_ACCOUNTS, self.too_many_accounts),
            (codes::LAST_WAY_IN, self.last_way_in),
            (codes::PROVIDER_FAILED, self.provider_failed),
            (codes::PROVIDER_UNAVAILABLE, self.provider_unavailable),
        ];
        if let Some((_, words)) = own.iter().find(|(known, _)| known.code == code.code) {
            return *words;
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

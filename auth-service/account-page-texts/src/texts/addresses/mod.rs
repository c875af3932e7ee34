//! Texts of the pages about e-mail addresses.

mod en;
mod ru;

use contracts::Language;

/// Texts of one language.
#[expect(missing_docs, reason = "a field is named after its text; `en.rs` has it in English")]
pub struct AddressTexts {
    pub forgotten: &'static str,
    pub forgotten_lead: &'static str,
    pub send_code: &'static str,
    pub send_again: &'static str,
    pub send_again_hint: &'static str,
    pub remembered: &'static str,

    pub reset_title: &'static str,
    pub reset_sent: &'static str,
    pub reset_by_link: &'static str,
    pub reset_button: &'static str,
    pub code: &'static str,
    pub code_hint: &'static str,
    pub wrong_code_shape: &'static str,
    pub wrong_code: &'static str,
    pub wrong_link: &'static str,

    pub email_title: &'static str,
    pub email_line: &'static str,
    pub ask_proof: &'static str,
    pub no_email: &'static str,
    pub lost_email: &'static str,
    pub set_email: &'static str,
    pub proved: &'static str,
    pub claimed: &'static str,
    pub prove_lead: &'static str,
    pub confirm: &'static str,
    pub mail_sent: &'static str,

    pub change: &'static str,
    pub change_lead: &'static str,
    pub new_email: &'static str,
    pub password_or_fresh: &'static str,
    pub pending: &'static str,
    pub pending_lead: &'static str,
    pub confirm_change: &'static str,
    pub wrong_change_code: &'static str,
    pub new_code: &'static str,
    pub present_code: &'static str,
    pub present_code_hint: &'static str,
    pub take_claimed: &'static str,
    pub take_claimed_label: &'static str,
    pub claimed_title: &'static str,
    pub claimed_mine: &'static str,
    pub claimed_mine_lead: &'static str,
    pub claimed_not_mine: &'static str,
    pub claimed_not_mine_lead: &'static str,
    pub waits_until: &'static str,
    pub waits_lead: &'static str,
    pub cancel_change: &'static str,
    pub own_email: &'static str,
    pub email_taken: &'static str,
    pub wrong_password: &'static str,
    pub sign_in_again: &'static str,

    pub link_title: &'static str,
    pub link_lead: &'static str,
    pub link_button: &'static str,
    pub link_elsewhere: &'static str,

    pub undo_title: &'static str,
    pub undo_lead: &'static str,
    pub undo_button: &'static str,
    pub undo_done: &'static str,
    pub not_me_title: &'static str,
    pub not_me_lead: &'static str,
    pub not_me_button: &'static str,
    pub not_me_done: &'static str,
    pub type_address: &'static str,
    pub type_address_hint: &'static str,
    pub not_that_address: &'static str,

    pub done_reset: &'static str,
    pub done_code_sent: &'static str,
    pub done_proved: &'static str,
    pub done_changed: &'static str,
    pub done_change_waits: &'static str,
    pub done_cancelled: &'static str,
}

impl AddressTexts {
    /// Texts of a language.
    pub fn of(language: Language) -> &'static Self {
        match language {
            Language::Ru => &ru::TEXTS,
            Language::En => &en::TEXTS,
        }
    }
}

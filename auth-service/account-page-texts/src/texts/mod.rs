//! Texts of the pages in all languages. A missing one does not compile.

mod activation;
mod addresses;
mod admin;
mod authorization;
mod en;
mod failures;
mod ru;

use accounts::{InvalidEmail, InvalidPassword};
use contracts::Language;
use contracts::auth::devices::DeviceKind;

use crate::countries;
pub use activation::ActivationTexts;
pub use addresses::AddressTexts;
pub use admin::AdminTexts;
pub use authorization::AuthorizationTexts;
pub use failures::{Failures, Message};

/// Texts of one language.
#[expect(missing_docs, reason = "a field is named after its text; `en.rs` has it in English")]
pub struct Texts {
    pub language: Language,
    /// Attribute `lang`.
    pub lang: &'static str,
    pub language_label: &'static str,
    /// Name of the other language, in that language.
    pub other_language: &'static str,
    pub skip: &'static str,
    pub nav_label: &'static str,
    pub footer: &'static str,
    pub tonight: &'static str,
    pub tagline: &'static str,

    pub overview: &'static str,
    pub security: &'static str,
    pub linked: &'static str,
    pub devices: &'static str,
    pub history: &'static str,
    pub profile: &'static str,

    pub sign_in: &'static str,
    pub sign_in_title: &'static str,
    pub sign_up: &'static str,
    pub sign_up_title: &'static str,
    pub sign_out: &'static str,
    pub no_account: &'static str,
    pub have_account: &'static str,
    pub or_with: &'static str,
    pub email: &'static str,
    pub password: &'static str,
    pub password_hint: &'static str,
    pub optional: &'static str,
    pub name: &'static str,
    pub birth_date: &'static str,
    pub birth_hint: &'static str,
    pub region: &'static str,
    pub region_hint: &'static str,

    pub form_wrong: &'static str,
    pub wrong_credentials: &'static str,
    pub wrong_email: &'static str,
    pub wrong_email_ascii: &'static str,
    pub wrong_length: &'static str,
    pub wrong_control: &'static str,
    pub wrong_common: &'static str,
    pub wrong_name: &'static str,
    pub wrong_birth_date: &'static str,
    pub wrong_region: &'static str,
    pub wrong_current: &'static str,
    pub email_taken: &'static str,
    pub send_again: &'static str,
    pub other_email_taken: &'static str,

    pub overview_over: &'static str,
    pub hello: &'static str,
    pub about_you: &'static str,
    pub not_given: &'static str,
    pub member_since: &'static str,
    pub password_line: &'static str,
    pub no_password_line: &'static str,
    pub linked_line: &'static str,
    pub devices_line: &'static str,
    pub history_line: &'static str,
    pub profile_line: &'static str,

    pub save: &'static str,
    pub birth_fixed: &'static str,
    pub birth_once: &'static str,
    pub zone_title: &'static str,
    pub zone_lead: &'static str,
    pub zone: &'static str,
    /// Choice of the zone of the account's country.
    pub zone_automatic: &'static str,
    pub change_zone: &'static str,
    pub data_title: &'static str,
    pub data_lead: &'static str,
    pub download: &'static str,
    pub delete_title: &'static str,
    pub delete_line: &'static str,
    pub delete_link: &'static str,
    pub delete_lead: &'static str,
    /// Items that a deletion removes, with the time of each.
    pub delete_items: &'static [&'static str],
    pub delete_fresh: &'static str,
    pub delete_sure: &'static str,
    pub delete_button: &'static str,
    pub keep_account: &'static str,
    pub wrong_sure: &'static str,
    pub birth_given: &'static str,

    pub change_password: &'static str,
    pub change_password_lead: &'static str,
    pub set_password: &'static str,
    pub set_password_lead: &'static str,
    pub set_email_hint: &'static str,
    pub current_password: &'static str,
    pub new_password: &'static str,
    pub unlink_all: &'static str,

    pub linked_lead: &'static str,
    pub linked_none: &'static str,
    pub linked_at: &'static str,
    pub linked_used: &'static str,
    pub unlink: &'static str,
    pub link_more: &'static str,
    pub link_at: &'static str,
    pub no_providers: &'static str,
    pub going_to: &'static str,
    pub going_lead: &'static str,
    pub go_on: &'static str,

    pub devices_lead: &'static str,
    pub this_device: &'static str,
    pub last_used: &'static str,
    pub signed_in_at: &'static str,
    pub sign_out_others: &'static str,
    pub sign_out_others_hint: &'static str,
    pub no_other_devices: &'static str,
    pub times_in: &'static str,
    pub kinds: Kinds,

    pub history_lead: &'static str,
    pub history_empty: &'static str,
    pub when: &'static str,
    pub device: &'static str,
    pub how: &'static str,
    pub place: &'static str,
    pub outcome: &'static str,
    pub by_password: &'static str,
    pub by_refresh: &'static str,
    pub by_social: &'static str,
    pub by_device: &'static str,
    pub by_redirect: &'static str,
    pub good: &'static str,
    pub bad_password: &'static str,
    pub closed: &'static str,
    pub unknown_place: &'static str,
    pub pages_label: &'static str,
    pub newest: &'static str,
    pub older: &'static str,

    pub done_signed_out: &'static str,
    pub done_password_changed: &'static str,
    pub done_password_set: &'static str,
    pub done_session_ended: &'static str,
    pub done_others_ended: &'static str,
    pub done_linked: &'static str,
    pub done_unlinked: &'static str,
    pub done_saved: &'static str,
    pub done_zone: &'static str,
    pub done_deleted: &'static str,

    pub request: &'static str,
    pub back_to_account: &'static str,
    pub failures: Failures,
    /// Months in dates.
    pub months: [&'static str; 12],
    /// Retry time in seconds, in the place of `{}`.
    pub wait_seconds: &'static str,
    /// The same in minutes.
    pub wait_minutes: &'static str,
    /// The same in hours.
    pub wait_hours: &'static str,
}

/// Kinds of devices.
#[expect(missing_docs, reason = "a field is named after its text; `en.rs` has it in English")]
pub struct Kinds {
    pub tv: &'static str,
    pub phone: &'static str,
    pub tablet: &'static str,
    pub desktop: &'static str,
    pub other: &'static str,
}

impl Texts {
    /// Texts of a language.
    pub fn of(language: Language) -> &'static Self {
        match language {
            Language::Ru => &ru::TEXTS,
            Language::En => &en::TEXTS,
        }
    }

    /// Reason why an address is not accepted.
    pub fn email_error(&self, error: InvalidEmail) -> &'static str {
        match error {
            InvalidEmail::Form => self.wrong_email,
            InvalidEmail::NotAscii => self.wrong_email_ascii,
        }
    }

    /// Reason why a new password is not accepted.
    pub fn password_error(&self, error: InvalidPassword) -> &'static str {
        match error {
            InvalidPassword::Length { .. } => self.wrong_length,
            InvalidPassword::Control => self.wrong_control,
        }
    }

    /// Name of a kind of device.
    pub fn kind(&self, kind: DeviceKind) -> &'static str {
        match kind {
            DeviceKind::Tv => self.kinds.tv,
            DeviceKind::Phone => self.kinds.phone,
            DeviceKind::Tablet => self.kinds.tablet,
            DeviceKind::Desktop => self.kinds.desktop,
            DeviceKind::Other => self.kinds.other,
        }
    }

    /// Names of all countries in alphabetical order.
    pub fn countries(&self) -> &'static [&'static str] {
        countries::names(self.language)
    }

    /// Name of a region; its code if it has none.
    pub fn region_name(&self, code: &str) -> String {
        countries::name_of(code, self.language)
    }

    /// Text with the time until a retry.
    pub fn wait(&self, seconds: u64) -> String {
        let (pattern, number) = match seconds {
            0..120 => (self.wait_seconds, seconds),
            120..7200 => (self.wait_minutes, seconds.div_ceil(60)),
            _ => (self.wait_hours, seconds.div_ceil(3600)),
        };
        pattern.replace("{}", &number.to_string())
    }
}

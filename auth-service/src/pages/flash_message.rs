//! Flash messages: the result of a form, on the page that it redirects to. The tag in the URL selects a constant text,
//! so no link can make a page show other text.

use account_page_texts::{ActivationTexts, AddressTexts, Texts};
use actix_web::http::Uri;

/// Completed action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlashMessage {
    /// Signed out.
    SignedOut,
    /// The password was changed.
    PasswordChanged,
    /// A first password was set.
    PasswordSet,
    /// A session was ended.
    SessionEnded,
    /// All other sessions were ended.
    OthersEnded,
    /// A social account was linked.
    Linked,
    /// A social account was unlinked.
    Unlinked,
    /// The password was reset.
    PasswordReset,
    /// A code was sent.
    CodeSent,
    /// The e-mail was proved.
    EmailProved,
    /// The e-mail was changed.
    EmailChanged,
    /// A change of the e-mail waits.
    EmailChangeWaits,
    /// A change of the e-mail was cancelled.
    EmailChangeCancelled,
    /// The profile was changed.
    Saved,
    /// Another time zone was chosen.
    ZoneChosen,
    /// The account was deleted.
    Deleted,
    /// A device was signed in by its code.
    DeviceApproved,
    /// A device was refused.
    DeviceDenied,
}

impl FlashMessage {
    const ALL: [Self; 18] = [
        Self::SignedOut,
        Self::PasswordChanged,
        Self::PasswordSet,
        Self::SessionEnded,
        Self::OthersEnded,
        Self::Linked,
        Self::Unlinked,
        Self::PasswordReset,
        Self::CodeSent,
        Self::EmailProved,
        Self::EmailChanged,
        Self::EmailChangeWaits,
        Self::EmailChangeCancelled,
        Self::Saved,
        Self::ZoneChosen,
        Self::Deleted,
        Self::DeviceApproved,
        Self::DeviceDenied,
    ];

    const fn tag(self) -> &'static str {
        match self {
            Self::SignedOut => "signed-out",
            Self::PasswordChanged => "password-changed",
            Self::PasswordSet => "password-set",
            Self::SessionEnded => "session-ended",
            Self::OthersEnded => "others-ended",
            Self::Linked => "linked",
            Self::Unlinked => "unlinked",
            Self::PasswordReset => "password-reset",
            Self::CodeSent => "code-sent",
            Self::EmailProved => "email-proved",
            Self::EmailChanged => "email-changed",
            Self::EmailChangeWaits => "email-change-waits",
            Self::EmailChangeCancelled => "email-change-cancelled",
            Self::Saved => "saved",
            Self::ZoneChosen => "zone",
            Self::Deleted => "deleted",
            Self::DeviceApproved => "device-approved",
            Self::DeviceDenied => "device-denied",
        }
    }

    /// Message that a URL names.
    pub fn of(uri: &Uri) -> Option<Self> {
        let mut pairs = url::form_urlencoded::parse(uri.query()?.as_bytes());
        let (_, tag) = pairs.find(|(name, _)| name == "done")?;
        Self::ALL.into_iter().find(|message| message.tag() == tag)
    }

    /// `path` with this message.
    pub fn on(self, path: &str) -> String {
        format!("{path}?done={}", self.tag())
    }

    /// Localized text.
    pub fn text(self, texts: &Texts) -> &'static str {
        let addresses = AddressTexts::of(texts.language);
        match self {
            Self::SignedOut => texts.done_signed_out,
            Self::PasswordChanged => texts.done_password_changed,
            Self::PasswordSet => texts.done_password_set,
            Self::SessionEnded => texts.done_session_ended,
            Self::OthersEnded => texts.done_others_ended,
            Self::Linked => texts.done_linked,
            Self::Unlinked => texts.done_unlinked,
            Self::PasswordReset => addresses.done_reset,
            Self::CodeSent => addresses.done_code_sent,
            Self::EmailProved => addresses.done_proved,
            Self::EmailChanged => addresses.done_changed,
            Self::EmailChangeWaits => addresses.done_change_waits,
            Self::EmailChangeCancelled => addresses.done_cancelled,
            Self::Saved => texts.done_saved,
            Self::ZoneChosen => texts.done_zone,
            Self::Deleted => texts.done_deleted,
            Self::DeviceApproved => ActivationTexts::of(texts.language).done_approved,
            Self::DeviceDenied => ActivationTexts::of(texts.language).done_denied,
        }
    }
}

//! Texts of mails: a file per mail and language (`en/`, `ru/`), which a translator can edit. A module of the programs
//! and not of the library: a text that is changed compiles again with them alone.
//!
//! The first line of a file is the subject. `{name}` is a value; a paragraph with a value that a mail does not have is
//! left out. `frame.txt` is around all of them.

mod template;
#[cfg(test)]
mod tests;

use mailer::{Mail, MailText, Notification, OperatorAct};

use template::{Template, Values};

/// Texts of a mail, in all languages. A missing file does not compile.
macro_rules! template {
    ($name:literal) => {
        Template { ru: include_str!(concat!("ru/", $name, ".txt")), en: include_str!(concat!("en/", $name, ".txt")) }
    };
}

const FRAME: Template = template!("frame");

/// Renders a mail in its language; `account` is the URL of the account page.
pub(crate) fn text(mail: &Mail, account: &str) -> MailText {
    let mut values = Values::of(mail, account);
    let (subject, text) = template_of(&mail.notification).fill(mail.language, &values);
    values.set("text", text);
    MailText { subject, body: FRAME.frame(mail.language, &values) }
}

fn template_of(notification: &Notification) -> Template {
    match notification {
        Notification::EmailProof { .. } => template!("email_proof"),
        Notification::PasswordReset { .. } => template!("password_reset"),
        Notification::EmailChange { .. } => template!("email_change"),
        Notification::EmailRelease { .. } => template!("email_release"),
        Notification::EmailChangeRequested { .. } => template!("email_change_requested"),
        Notification::EmailChanged { .. } => template!("email_changed"),
        Notification::EmailChangeUndone => template!("email_change_undone"),
        Notification::EmailRequested => template!("email_requested"),
        Notification::ClaimExpiring { .. } => template!("claim_expiring"),
        Notification::SocialLinked { .. } => template!("social_linked"),
        Notification::SocialUnlinked { .. } => template!("social_unlinked"),
        Notification::PasswordSet => template!("password_set"),
        Notification::PasswordChanged { unlinked: false } => template!("password_changed"),
        Notification::PasswordChanged { unlinked: true } => template!("password_changed_unlinked"),
        Notification::PasswordRecovered => template!("password_recovered"),
        Notification::SessionReplayed => template!("session_replayed"),
        Notification::DeviceApproved => template!("device_approved"),
        Notification::DataExported => template!("data_exported"),
        Notification::AccountDeleted => template!("account_deleted"),
        Notification::ByOperator { act } => template_of_act(*act),
    }
}

fn template_of_act(act: OperatorAct) -> Template {
    match act {
        OperatorAct::Disabled => template!("operator_disabled"),
        OperatorAct::Enabled => template!("operator_enabled"),
        OperatorAct::Unlocked => template!("operator_unlocked"),
        OperatorAct::SessionsEnded => template!("operator_sessions_ended"),
        OperatorAct::EmailFreed => template!("operator_email_freed"),
        OperatorAct::EmailProved => template!("operator_email_proved"),
        OperatorAct::BirthDateCorrected => template!("operator_birth_date_corrected"),
        OperatorAct::PasswordReset => template!("operator_password_reset"),
        OperatorAct::SecondFactorsReset => template!("operator_second_factors_reset"),
        OperatorAct::RolesChanged => template!("operator_roles_changed"),
        OperatorAct::Deleted => template!("operator_deleted"),
    }
}

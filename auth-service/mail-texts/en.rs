//! Mails in English.

use mailer::{Mail, MailText, Notification};

use super::wording::name;

/// Renders a mail.
pub(super) fn text(mail: &Mail, account: &str) -> MailText {
    let (subject, change, remedy) = match &mail.notification {
        Notification::SocialLinked { provider } => (
            "A way to sign in was added to your account",
            format!(
                "An account at {} was linked to your account.\nWho owns it can sign in from now on.",
                name(provider)
            ),
            "unlink it, set another password and end all other sessions there",
        ),
        Notification::SocialUnlinked { provider } => (
            "A way to sign in was taken from your account",
            format!("The account at {} was unlinked from your account.\nIt no longer signs in.", name(provider)),
            "set another password, link the account again and end all other\nsessions there",
        ),
        Notification::PasswordSet => (
            "Your account has a password now",
            "A password was set for your account. It signs in together with this\ne-mail address.".to_owned(),
            "set another password, look at the linked accounts and end all other\nsessions there",
        ),
        Notification::PasswordChanged => (
            "Your password was changed",
            "The password of your account was changed.".to_owned(),
            "set another password, look at the linked accounts and end all other\nsessions there",
        ),
        Notification::AccountDeleted => (
            "Your account was deleted",
            "Your account was deleted, with everything that belonged to it.".to_owned(),
            "",
        ),
    };
    let advice = if remedy.is_empty() {
        "If it was not you, somebody else was signed in as you: change your password\n\
         wherever you use the same one, beginning with this mailbox."
            .to_owned()
    } else {
        format!("If it was not you, open the page of your account\n{account}\nand {remedy}.")
    };
    let when = mail.at.format("%Y-%m-%d %H:%M UTC");
    let from = mail.address.map(|address| format!("\nFrom the address: {address}")).unwrap_or_default();
    let body = format!(
        "Hello,\n\n{change}\n\nWhen: {when}{from}\n\nIf it was you, there is nothing to do.\n{advice}\n\n\
         This mail was sent by a program; nobody reads answers to it.\n"
    );
    MailText { subject, body }
}

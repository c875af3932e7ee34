//! Texts of mails, as programs hand them in.

use crate::notification::Mail;

/// Renders a mail in its language; the second argument is the URL of the account page. Programs pass it at the start:
/// a text that is changed then compiles again with them alone.
pub type MailTexts = fn(&Mail, &str) -> MailText;

/// Subject and body of a mail. The subject is a constant and never holds text from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailText {
    /// Single line.
    pub subject: &'static str,
    /// Plain text; lines end with `\n` and have at most 78 characters.
    pub body: String,
}

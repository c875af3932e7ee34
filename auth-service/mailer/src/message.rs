//! Rendered mails: headers, encoded body, envelope.

use std::time::SystemTime;

use lettre::address::Envelope;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Body, Mailbox, MessageBuilder};
use lettre::{Address, Message};
use uuid::Uuid;

use crate::error::SendError;
use crate::notification::Mail;
use crate::text::MailText;

/// Parts that all mails share.
#[derive(Debug, Clone)]
pub struct MailDefaults {
    /// Sender address.
    pub from: Mailbox,
    /// URL of the account page. It comes from the settings: the `Host` of a request is chosen by the client.
    pub account: String,
}

/// Mail ready to be sent.
#[derive(Debug)]
pub(crate) struct RenderedMessage {
    /// Id of the mail, the same in each attempt. Orders mails by time.
    pub id: Uuid,
    /// SMTP sender and recipient.
    pub envelope: Envelope,
    /// Headers and body (RFC 5322).
    pub bytes: Vec<u8>,
}

/// Transfer encoding of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyEncoding {
    /// 7-bit, which every server accepts.
    Safe,
    /// Plain UTF-8, readable in an editor.
    Plain,
}

impl MailDefaults {
    /// Renders a mail with its text. Headers hold only constants, the two parsed addresses and `id`: mail programs show
    /// a mail that was sent twice with one `Message-ID` once.
    ///
    /// # Errors
    /// When the recipient is not a valid mailbox: not every login is one.
    pub(crate) fn render(
        &self,
        id: Uuid,
        mail: &Mail,
        text: MailText,
        encoding: BodyEncoding,
    ) -> Result<RenderedMessage, SendError> {
        let to: Address = mail.to.as_str().parse().map_err(|_| SendError::Address)?;
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(text.subject)
            .date(SystemTime::from(mail.at))
            .message_id(Some(format!("<{}@{}>", id.simple(), self.from.email.domain())))
            .header(ContentType::TEXT_PLAIN);
        let message = auto_submitted(message).body(encode_body(text.body, encoding)).map_err(|_| SendError::Address)?;
        Ok(RenderedMessage { id, envelope: message.envelope().clone(), bytes: message.formatted() })
    }
}

/// Marks an automatic mail (RFC 3834 §5), so that vacation responders do not answer.
fn auto_submitted(message: MessageBuilder) -> MessageBuilder {
    let name = HeaderName::new_from_ascii_str("Auto-Submitted");
    message.raw_header(HeaderValue::new(name, "auto-generated".into()))
}

fn encode_body(body: String, encoding: BodyEncoding) -> Body {
    match encoding {
        BodyEncoding::Safe => Body::new(body),
        // Lines are short and end in CRLF, so 8 bits are safe; lettre itself would not choose them.
        BodyEncoding::Plain => {
            Body::dangerous_pre_encoded(body.replace('\n', "\r\n").into_bytes(), ContentTransferEncoding::EightBit)
        }
    }
}

#[cfg(test)]
mod tests {
    use accounts::Email;
    use contracts::Language;
    use proptest::prelude::*;

    use super::*;
    use crate::notification::{Notification, Recipient};

    fn defaults() -> MailDefaults {
        MailDefaults {
            from: "Marquee <no-reply@cinema.example>".parse().unwrap(),
            account: "https://id.cinema.example/account".into(),
        }
    }

    fn mail(to: &str, notification: Notification) -> Mail {
        let at = "2026-05-14T10:20:30Z".parse().unwrap();
        Mail { to: Recipient::new(to), language: Language::Ru, notification, at, address: None, not_me: None }
    }

    fn text() -> MailText {
        MailText {
            subject: "Пароль задан", body: "Для вашего аккаунта\nзадан пароль.\n".to_owned()
        }
    }

    fn headers(rendered: &RenderedMessage) -> Vec<String> {
        let text = String::from_utf8(rendered.bytes.clone()).unwrap();
        let (head, _) = text.split_once("\r\n\r\n").unwrap();
        head.replace("\r\n ", " ").split("\r\n").map(str::to_owned).collect()
    }

    #[test]
    fn sent_mails_are_ascii_and_files_are_plain_utf_8() {
        let mail = mail("anna@example.org", Notification::PasswordSet);
        let safe = defaults().render(Uuid::nil(), &mail, text(), BodyEncoding::Safe).unwrap();
        assert!(safe.bytes.is_ascii());
        let plain =
            String::from_utf8(defaults().render(Uuid::nil(), &mail, text(), BodyEncoding::Plain).unwrap().bytes)
                .unwrap();
        assert!(plain.contains("Для вашего аккаунта\r\nзадан пароль.\r\n"), "{plain}");
        assert_eq!(safe.envelope.to()[0].to_string(), "anna@example.org");
        assert_eq!(safe.envelope.from().unwrap().to_string(), "no-reply@cinema.example");
    }

    #[test]
    fn a_name_with_line_breaks_makes_no_header() {
        let provider = "Evil\r\nBcc: eve@example.org\r\n\r\nHello".to_owned();
        let evil = mail("anna@example.org", Notification::SocialLinked { provider });
        let harmless = mail("anna@example.org", Notification::SocialLinked { provider: "Good".into() });
        for encoding in [BodyEncoding::Safe, BodyEncoding::Plain] {
            let names = |mail| {
                let rendered = defaults().render(Uuid::nil(), mail, text(), encoding).unwrap();
                assert_eq!(rendered.envelope.to().len(), 1);
                let names = headers(&rendered).into_iter().map(|line| line.split(':').next().unwrap().to_owned());
                names.collect::<Vec<_>>()
            };
            assert_eq!(names(&evil), names(&harmless));
        }
    }

    #[test]
    fn headers_name_sender_recipient_date_and_an_automatic_mail() {
        let mail = mail("anna@example.org", Notification::AccountDeleted);
        let rendered = defaults().render(Uuid::nil(), &mail, text(), BodyEncoding::Safe).unwrap();
        let headers = headers(&rendered);
        for line in
            ["To: anna@example.org", "From: Marquee <no-reply@cinema.example>", "Auto-Submitted: auto-generated"]
        {
            assert!(headers.iter().any(|header| header == line), "{line} is missing in {headers:?}");
        }
        assert!(headers.iter().any(|header| header.starts_with("Date: Thu, 14 May 2026 10:20:30")), "{headers:?}");
    }

    #[test]
    fn each_attempt_of_a_mail_has_the_same_message_id() {
        let id = Uuid::now_v7();
        let mail = mail("anna@example.org", Notification::PasswordSet);
        for encoding in [BodyEncoding::Safe, BodyEncoding::Plain] {
            let headers = headers(&defaults().render(id, &mail, text(), encoding).unwrap());
            let expected = format!("Message-ID: <{}@cinema.example>", id.simple());
            assert!(headers.contains(&expected), "{headers:?}");
        }
    }

    #[test]
    fn a_login_that_is_no_mailbox_is_an_error_of_its_own() {
        for to in ["a..b@example.org", "a<b@example.org", "anna@-"] {
            let rendered =
                defaults().render(Uuid::nil(), &mail(to, Notification::PasswordSet), text(), BodyEncoding::Safe);
            assert!(matches!(rendered, Err(SendError::Address)), "{to}");
        }
    }

    /// Texts that are addresses more often than random ones.
    fn typed() -> impl Strategy<Value = String> {
        prop_oneof![
            "[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-zA-Z0-9-]{1,20}(\\.[a-zA-Z]{2,9}){1,3}\\.?",
            "[\\p{Ll}\\p{Lo}\\p{M}\\p{Nd}]{1,24}@[\\p{Ll}\\p{Lo}]{1,9}\\.[\\p{Ll}]{2,6}",
            "[a-z]{60}@([a-z]{61}\\.){3}[a-z]{2,3}",
            "(?s).{0,40}@.{0,40}",
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn every_accepted_address_gets_a_letter_whose_header_is_read_as_that_address(typed in typed()) {
            if let Ok(email) = Email::parse(&typed) {
                let names = |headers: &[String]| -> Vec<String> {
                    headers.iter().map(|line| line.split(':').next().unwrap().to_owned()).collect()
                };
                for encoding in [BodyEncoding::Safe, BodyEncoding::Plain] {
                    let render = |to: &str| {
                        defaults().render(Uuid::nil(), &mail(to, Notification::PasswordSet), text(), encoding).unwrap()
                    };
                    let rendered = render(email.as_str());
                    let recipients: Vec<_> = rendered.envelope.to().iter().map(ToString::to_string).collect();
                    prop_assert_eq!(recipients, [email.as_str()]);
                    let headers = headers(&rendered);
                    let to = headers.iter().find_map(|line| line.strip_prefix("To: ")).unwrap();
                    let read: Mailbox = to.parse().unwrap();
                    prop_assert_eq!(Email::parse(read.email.as_ref()), Ok(email.clone()));
                    prop_assert!(read.name.is_none() && read.email.to_string() == email.as_str());
                    prop_assert_eq!(names(&headers), names(&self::headers(&render("anna@example.org"))));
                    prop_assert!(rendered.bytes.split(|byte| *byte == b'\n').all(|line| line.len() < 998));
                }
            }
        }
    }
}

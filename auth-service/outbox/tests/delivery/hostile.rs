//! Mail servers that misbehave: whatever they do, the mail waits, and arrives when they recover.

use std::collections::VecDeque;
use std::time::Duration;

use mailer::{Encryption, MailTransport, SmtpLogin, SmtpRelay};

use crate::smtp_server::{DataBehaviour, ServerBehaviour, SmtpServer};
use crate::support::{PLENTY, TestOutbox, fast_policy, message_id, reset};

const MINUTE: Duration = Duration::from_secs(60);

/// Delivers a mail to a server that misbehaves once, and again when it has recovered.
async fn recovers_from(name: &str, behaviour: ServerBehaviour, relay: impl Fn(SmtpRelay) -> SmtpRelay) -> Vec<String> {
    let (server, outbox) = (SmtpServer::start(behaviour).await, TestOutbox::create().await);
    let relay = relay(server.relay());
    let deliver = async |relay: SmtpRelay| {
        outbox.worker_with(MailTransport::Smtp(relay), PLENTY, fast_policy()).stop().await;
    };
    outbox.enqueue(&outbox.mail("anna@example.org", reset("11112222"))).await;
    deliver(relay).await;
    assert_eq!(outbox.count_waiting().await, 1, "{name}");
    server.behave(|behaviour| *behaviour = ServerBehaviour::default());
    outbox.clock.advance(MINUTE);
    deliver(server.relay()).await;
    assert_eq!(outbox.count_waiting().await, 0, "{name}");
    let mails = server.mails();
    assert!(mails.last().is_some_and(|mail| mail.contains("Code: 11112222")), "{name}: {mails:?}");
    mails
}

fn data(behaviour: DataBehaviour) -> ServerBehaviour {
    ServerBehaviour { data: VecDeque::from([behaviour]), ..ServerBehaviour::default() }
}

fn greeting(greeting: &'static str) -> ServerBehaviour {
    ServerBehaviour { greeting: Some(greeting), ..ServerBehaviour::default() }
}

#[tokio::test]
async fn a_server_that_closes_in_data_gets_the_mail_again() {
    assert_eq!(recovers_from("before the mail", data(DataBehaviour::Close), |relay| relay).await.len(), 1);
}

#[tokio::test]
async fn a_server_that_takes_a_mail_and_closes_gets_it_again_with_its_message_id() {
    let mails = recovers_from("after the mail", data(DataBehaviour::CloseAfterMail), |relay| relay).await;
    assert_eq!((mails.len(), message_id(&mails[0])), (2, message_id(&mails[1])));
}

#[tokio::test]
async fn a_server_that_defers_a_mail_after_its_text_gets_it_again() {
    for answer in ["451 later", "452 no space", "421 going down"] {
        recovers_from(answer, data(DataBehaviour::Reply(answer)), |relay| relay).await;
    }
}

#[tokio::test]
async fn a_server_whose_greeting_rejects_everyone_or_is_no_smtp_loses_no_mail() {
    // A greeting that has no end is one of a silent server.
    let two_codes = "220-mail.test\r\n221 mail.test";
    for text in ["421 too busy", "554 go away", "HTTP/1.1 400 Bad Request", "\u{1b}[2J", "", two_codes, "999 what"] {
        recovers_from(text, greeting(text), |relay| relay).await;
    }
}

#[tokio::test]
async fn a_mail_that_is_accepted_and_lost_is_not_repeated_and_the_next_request_has_one_of_its_own() {
    let (server, outbox) = (SmtpServer::start(ServerBehaviour::default()).await, TestOutbox::create().await);
    for (sent, code) in [(1, "11112222"), (2, "33334444")] {
        outbox.enqueue(&outbox.mail("anna@example.org", reset(code))).await;
        for _ in 0..3 {
            outbox.deliver_due(&server).await;
            outbox.clock.advance(MINUTE * 4);
        }
        assert_eq!(server.mails().len(), sent);
    }
    let mails = server.mails();
    assert!(mails[0].contains("Code: 11112222") && mails[1].contains("Code: 33334444"), "{mails:?}");
    assert_ne!(message_id(&mails[0]), message_id(&mails[1]));
}

#[tokio::test]
async fn rejected_credentials_lose_no_mail() {
    for answer in ["535 wrong password", "534 too weak", "454 not now"] {
        let auth = VecDeque::from([answer; 3]);
        let behaviour = ServerBehaviour { auth, extensions: vec!["AUTH PLAIN"], ..ServerBehaviour::default() };
        let login = || SmtpLogin { name: "cinema".into(), password: "hunter2".to_owned().into() };
        recovers_from(answer, behaviour, |relay| SmtpRelay { login: Some(login()), ..relay }).await;
    }
}

#[tokio::test]
async fn a_server_that_speaks_tls_badly_loses_no_mail_and_reads_none() {
    let starttls = ServerBehaviour { extensions: vec!["STARTTLS"], ..ServerBehaviour::default() };
    for (name, behaviour, encryption) in [
        ("garbage after STARTTLS", starttls, Encryption::StartTls),
        ("plain text where TLS is expected", ServerBehaviour::default(), Encryption::Implicit),
    ] {
        let mails = recovers_from(name, behaviour, |relay| SmtpRelay { encryption, ..relay }).await;
        assert_eq!(mails.len(), 1, "{name}");
    }
}

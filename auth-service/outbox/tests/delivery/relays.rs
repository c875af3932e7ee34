//! Ways to a mail server: encryption, credentials, authorities, and files in place of a server.

use std::collections::VecDeque;
use std::sync::Arc;

use contracts::Language;
use mailer::{
    Authorities, Encryption, Mail, MailFolder, MailTransport, Notification, Recipient, SendError, SmtpLogin, SmtpRelay,
};
use service_kit::testing::{PrivateAuthority, eventually};
use tokio_rustls::TlsAcceptor;
use uuid::Uuid;

use crate::smtp_server::{ServerBehaviour, SmtpServer};
use crate::support::{BOUND, PLENTY, TestOutbox, defaults, fast_policy, text};

#[tokio::test]
async fn a_mail_reaches_the_mail_server() {
    let (server, outbox) = (SmtpServer::start(ServerBehaviour::default()).await, TestOutbox::create().await);
    let _worker = outbox.worker(&server);
    outbox.notify("anna@example.org").await;
    eventually("the mail is there", BOUND, async || server.mails().len() == 1).await;
    let mail = server.mails().remove(0);
    assert!(mail.contains("To: anna@example.org") && mail.contains("https://id.example/account"), "{mail}");
    assert_eq!(server.count("MAIL FROM:<no-reply@cinema.example>"), 1, "{:?}", server.commands());
    assert_eq!(server.count("RCPT TO:<anna@example.org>"), 1);
}

#[tokio::test]
async fn without_starttls_no_mail_is_sent_when_it_is_required() {
    let (server, outbox) = (SmtpServer::start(ServerBehaviour::default()).await, TestOutbox::create().await);
    let relay = SmtpRelay { encryption: Encryption::StartTls, ..server.relay() };
    outbox.notify("anna@example.org").await;
    outbox.worker_with(MailTransport::Smtp(relay), PLENTY, fast_policy()).stop().await;
    let commands = server.commands();
    assert!(!commands.is_empty() && commands.iter().all(|command| command.starts_with("EHLO")), "{commands:?}");
    assert_eq!(outbox.count_waiting().await, 1);
}

#[tokio::test]
async fn credentials_are_sent_to_the_server() {
    let behaviour = ServerBehaviour { extensions: vec!["AUTH PLAIN"], ..ServerBehaviour::default() };
    let (server, outbox) = (SmtpServer::start(behaviour).await, TestOutbox::create().await);
    let login = SmtpLogin { name: "cinema".into(), password: "hunter2".to_owned().into() };
    let relay = SmtpRelay { login: Some(login), ..server.relay() };
    assert!(!format!("{relay:?}").contains("hunter2"));
    outbox.notify("anna@example.org").await;
    outbox.worker_with(MailTransport::Smtp(relay), PLENTY, fast_policy()).stop().await;
    assert_eq!((server.count("AUTH PLAIN AGNpbmVtYQBodW50ZXIy"), server.mails().len()), (1, 1));
}

#[tokio::test]
async fn a_server_with_a_certificate_of_a_private_authority_is_trusted_by_that_authority_only() {
    let (authority, outbox) = (PrivateAuthority::make(), TestOutbox::create().await);
    let tls = TlsAcceptor::from(Arc::new(authority.server_config()));
    let server = SmtpServer::start(ServerBehaviour { tls: Some(tls), ..ServerBehaviour::default() }).await;
    let pem = std::fs::read_to_string(authority.certificate()).unwrap();
    let private = Some(Authorities::from_pem(&pem).unwrap());
    let implicit = |authorities| SmtpRelay {
        host: "localhost".into(),
        encryption: Encryption::Implicit,
        authorities,
        ..server.relay()
    };
    for (to, authorities, taken) in [("anna@example.org", None, 0), ("boris@example.org", private, 1)] {
        outbox.notify(to).await;
        outbox.worker_with(MailTransport::Smtp(implicit(authorities)), PLENTY, fast_policy()).stop().await;
        assert_eq!(server.mails().len(), taken);
    }
}

#[tokio::test]
async fn an_error_holds_nothing_of_the_servers_text() {
    let rcpt = VecDeque::from(["550 <anna@example.org> is unknown here"]);
    let server = SmtpServer::start(ServerBehaviour { rcpt, ..ServerBehaviour::default() }).await;
    let mail = Mail {
        to: Recipient::new("anna@example.org"),
        language: Language::En,
        notification: Notification::PasswordSet,
        at: "2026-05-14T10:20:30Z".parse().unwrap(),
        address: None,
        not_me: None,
    };
    let transport = MailTransport::Smtp(server.relay());
    let error = transport.send(&defaults(), Uuid::now_v7(), &mail, text(&mail, "")).await.unwrap_err();
    assert!(matches!(error, SendError::Rejected(550)) && !format!("{error} {error:?}").contains("anna"), "{error}");
}

#[tokio::test]
async fn without_a_server_mails_are_files() {
    let (home, outbox) = (tempfile::tempdir().unwrap(), TestOutbox::create().await);
    let folder = MailFolder::new(home.path().join("mails"));
    outbox.notify("anna@example.org").await;
    outbox.notify("a..b@example.org").await; // a login of an earlier release, and no mailbox
    outbox.worker_with(MailTransport::Folder(folder.clone()), PLENTY, fast_policy()).stop().await;
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    assert_eq!(outbox.count_waiting().await, 0);
}

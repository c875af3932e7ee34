//! Deliveries: retries, encryption and shutdown, against a scripted mail server, and as files.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail")]

mod smtp_server;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use contracts::Language;
use mailer::{
    Authorities, Encryption, Mail, MailDefaults, MailFolder, MailQueue, MailText, MailTransport, MailWorker,
    Notification, Recipient, RetryPolicy, SendError, SmtpLogin, SmtpRelay,
};
use service_kit::testing::{ManualClock, PrivateAuthority, eventually};
use smtp_server::{ServerBehaviour, SmtpServer};
use tokio_rustls::TlsAcceptor;

const BOUND: Duration = Duration::from_secs(60);

fn fast_policy() -> RetryPolicy {
    let short = Duration::from_millis(10);
    RetryPolicy { max_attempts: 3, attempt_timeout: BOUND, backoff: short, shutdown_timeout: BOUND }
}

fn text(_: &Mail, account: &str) -> MailText {
    MailText { subject: "Your password was changed", body: format!("See {account}\n") }
}

fn start(transport: MailTransport, retry_policy: RetryPolicy) -> (MailQueue, MailWorker) {
    let (mails, queue) = MailQueue::new(Arc::new(ManualClock::default()));
    let from = "Marquee <no-reply@cinema.example>".parse().unwrap();
    let defaults = MailDefaults { from, account: "https://id.example/account".into() };
    (mails, MailWorker::start(queue, transport, defaults, text, retry_policy))
}

fn start_at(server: &SmtpServer, retry_policy: RetryPolicy) -> (MailQueue, MailWorker) {
    start(MailTransport::Smtp(server.relay()), retry_policy)
}

fn notify(mails: &MailQueue, to: &str) {
    mails.notify(Recipient::new(to), Language::En, Notification::PasswordChanged, None);
}

#[tokio::test]
async fn a_mail_reaches_the_mail_server() {
    let server = SmtpServer::start(ServerBehaviour::default()).await;
    let (mails, _worker) = start_at(&server, fast_policy());
    notify(&mails, "anna@example.org");
    eventually("the mail is there", BOUND, async || server.mails().len() == 1).await;
    let mail = server.mails().remove(0);
    assert!(mail.contains("To: anna@example.org") && mail.contains("https://id.example/account"), "{mail}");
    assert_eq!(server.count("MAIL FROM:<no-reply@cinema.example>"), 1, "{:?}", server.commands());
    assert_eq!(server.count("RCPT TO:<anna@example.org>"), 1);
}

#[tokio::test]
async fn a_rejected_mail_is_not_retried_and_delays_no_other() {
    let refusal = VecDeque::from(["550 <anna@example.org> is unknown here"]);
    let server = SmtpServer::start(ServerBehaviour { rcpt: refusal, ..ServerBehaviour::default() }).await;
    let (mails, worker) = start_at(&server, fast_policy());
    notify(&mails, "anna@example.org");
    eventually("the refusal came", BOUND, async || server.count("RCPT") == 1).await;
    notify(&mails, "boris@example.org");
    worker.stop().await;
    assert_eq!(server.mails().len(), 1);
    assert_eq!(server.count("RCPT TO:<anna@example.org>"), 1);
}

#[tokio::test]
async fn transient_rejections_are_retried() {
    let later = VecDeque::from(["451 <anna@example.org> later", "421 later"]);
    let server = SmtpServer::start(ServerBehaviour { rcpt: later, ..ServerBehaviour::default() }).await;
    let (mails, worker) = start_at(&server, fast_policy());
    notify(&mails, "anna@example.org");
    worker.stop().await;
    assert_eq!((server.count("RCPT"), server.mails().len()), (3, 1));
}

#[tokio::test]
async fn attempts_are_bounded() {
    let later = VecDeque::from(["451 later"; 10]);
    let server = SmtpServer::start(ServerBehaviour { rcpt: later, ..ServerBehaviour::default() }).await;
    let (mails, worker) = start_at(&server, fast_policy());
    notify(&mails, "anna@example.org");
    worker.stop().await;
    assert_eq!((server.count("RCPT"), server.mails().len()), (3, 0));
}

#[tokio::test]
async fn a_silent_server_costs_each_attempt_its_timeout_and_no_more() {
    let server = SmtpServer::start(ServerBehaviour { silent: true, ..ServerBehaviour::default() }).await;
    let (mails, worker) =
        start_at(&server, RetryPolicy { attempt_timeout: Duration::from_millis(20), ..fast_policy() });
    notify(&mails, "anna@example.org");
    worker.stop().await;
    eventually("all attempts came", BOUND, async || server.count("(connected)") == 3).await;
}

#[tokio::test]
async fn stopping_is_bounded_with_a_silent_server() {
    let server = SmtpServer::start(ServerBehaviour { silent: true, ..ServerBehaviour::default() }).await;
    let (mails, worker) =
        start_at(&server, RetryPolicy { shutdown_timeout: Duration::from_millis(20), ..fast_policy() });
    notify(&mails, "anna@example.org");
    eventually("the mail is under way", BOUND, async || server.count("(connected)") == 1).await;
    worker.stop().await;
}

#[tokio::test]
async fn a_stop_delivers_queued_mails() {
    let server = SmtpServer::start(ServerBehaviour::default()).await;
    let (mails, worker) = start_at(&server, fast_policy());
    for number in 0..40 {
        notify(&mails, &format!("person-{number}@example.org"));
    }
    worker.stop().await;
    assert_eq!(server.mails().len(), 40);
}

#[tokio::test]
async fn without_starttls_no_mail_is_sent_when_it_is_required() {
    let server = SmtpServer::start(ServerBehaviour::default()).await;
    let relay = SmtpRelay { encryption: Encryption::StartTls, ..server.relay() };
    let (mails, worker) = start(MailTransport::Smtp(relay), RetryPolicy { max_attempts: 1, ..fast_policy() });
    notify(&mails, "anna@example.org");
    worker.stop().await;
    let commands = server.commands();
    assert!(!commands.is_empty() && commands.iter().all(|command| command.starts_with("EHLO")), "{commands:?}");
}

#[tokio::test]
async fn credentials_are_sent_to_the_server() {
    let server =
        SmtpServer::start(ServerBehaviour { extensions: vec!["AUTH PLAIN"], ..ServerBehaviour::default() }).await;
    let login = SmtpLogin { name: "cinema".into(), password: "hunter2".to_owned().into() };
    let relay = SmtpRelay { login: Some(login), ..server.relay() };
    assert!(!format!("{relay:?}").contains("hunter2"));
    let (mails, worker) = start(MailTransport::Smtp(relay), fast_policy());
    notify(&mails, "anna@example.org");
    worker.stop().await;
    assert_eq!((server.count("AUTH PLAIN AGNpbmVtYQBodW50ZXIy"), server.mails().len()), (1, 1));
}

#[tokio::test]
async fn a_server_with_a_certificate_of_a_private_authority_is_trusted_by_that_authority_only() {
    let authority = PrivateAuthority::make();
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
    for (authorities, taken) in [(None, 0), (private, 1)] {
        let (mails, worker) = start(
            MailTransport::Smtp(implicit(authorities)),
            RetryPolicy { max_attempts: 1, shutdown_timeout: BOUND, ..fast_policy() },
        );
        notify(&mails, "anna@example.org");
        worker.stop().await;
        assert_eq!(server.mails().len(), taken);
    }
}

#[tokio::test]
async fn an_error_holds_nothing_of_the_servers_text() {
    let refusal = VecDeque::from(["550 <anna@example.org> is unknown here"]);
    let server = SmtpServer::start(ServerBehaviour { rcpt: refusal, ..ServerBehaviour::default() }).await;
    let from = "no-reply@cinema.example".parse().unwrap();
    let transport = MailTransport::Smtp(server.relay());
    let to = Recipient::new("anna@example.org");
    let at = "2026-05-14T10:20:30Z".parse().unwrap();
    let mail = Mail { to, language: Language::En, notification: Notification::PasswordSet, at, address: None };
    let defaults = MailDefaults { from, account: String::new() };
    let error = transport.send(&defaults, &mail, text(&mail, "")).await.unwrap_err();
    assert!(matches!(error, SendError::Rejected(550)) && !format!("{error} {error:?}").contains("anna"), "{error}");
}

#[tokio::test]
async fn without_a_server_mails_are_files() {
    let home = tempfile::tempdir().unwrap();
    let folder = MailFolder::new(home.path().join("mails"));
    let (mails, worker) = start(MailTransport::Folder(folder.clone()), fast_policy());
    notify(&mails, "anna@example.org");
    notify(&mails, "a..b@example.org"); // valid as a login, not as a mailbox
    worker.stop().await;
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

//! Mail worker: drains the queue in the background, with bounded concurrency and retries.

use std::sync::Arc;
use std::time::Duration;

use metrics::counter;
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};

use super::message::MailDefaults;
use super::notification::Mail;
use super::queue::MailReceiver;
use super::transport::{MailTransport, SendError};

/// Maximum number of concurrent deliveries: one slow server must not delay the other mails.
const CONCURRENCY: usize = 8;

/// Retry policy of deliveries.
#[derive(Debug, Clone, Copy)]
pub struct RetryPolicy {
    /// Maximum number of attempts for each mail.
    pub tries: u32,
    /// Timeout of one attempt.
    pub deadline: Duration,
    /// Backoff before the second attempt; each further one is four times as long.
    pub pause: Duration,
    /// Maximum time in which [`MailWorker::stop`] waits for queued mails.
    pub shutdown_timeout: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        let second = Duration::from_secs(1);
        Self { tries: 5, deadline: second * 20, pause: second, shutdown_timeout: second * 5 }
    }
}

/// Background task that delivers mails until it is stopped.
pub struct MailWorker {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
    farewell: Duration,
}

impl MailWorker {
    /// Starts to drain the queue.
    pub fn start(queue: MailReceiver, sender: MailTransport, stationery: MailDefaults, patience: RetryPolicy) -> Self {
        let (stop, stopped) = oneshot::channel();
        let round = Arc::new(Worker { sender, stationery, patience });
        let task = tokio::spawn(deliver(queue, round, stopped));
        Self { stop, task, farewell: patience.shutdown_timeout }
    }

    /// Graceful shutdown: closes the queue, delivers what is queued, and drops what is not sent within the timeout.
    pub async fn stop(self) {
        let Self { stop, mut task, farewell } = self;
        let _ = stop.send(());
        if timeout(farewell, &mut task).await.is_err() {
            task.abort();
            tracing::warn!("stopping with mails that could not be sent yet; they are lost");
        }
    }
}

struct Worker {
    sender: MailTransport,
    stationery: MailDefaults,
    patience: RetryPolicy,
}

async fn deliver(mut queue: MailReceiver, round: Arc<Worker>, mut stopped: oneshot::Receiver<()>) {
    let mut under_way = JoinSet::new();
    let mut stopping = false;
    loop {
        tokio::select! {
            biased;
            // A dropped sender means stop, too.
            _ = &mut stopped, if !stopping => {
                stopping = true;
                queue.0.close();
            }
            _ = under_way.join_next(), if !under_way.is_empty() => {}
            mail = queue.0.recv(), if under_way.len() < CONCURRENCY => match mail {
                Some(mail) => {
                    let round = Arc::clone(&round);
                    under_way.spawn(async move { round.send(&mail).await });
                }
                None => break,
            },
        }
    }
    while under_way.join_next().await.is_some() {}
}

impl Worker {
    /// Sends a mail with retries; logs and counts a final failure.
    async fn send(&self, mail: &Mail) {
        let mut pause = self.patience.pause;
        for tried in 1..=self.patience.tries {
            let Err(error) = self.try_once(mail).await else {
                counter!("auth.mails", "outcome" => "sent").increment(1);
                return;
            };
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            if error.is_final() || tried == self.patience.tries {
                tracing::warn!(%error, cause, tries = i64::from(tried), "a mail could not be sent");
                counter!("auth.mails", "outcome" => "lost").increment(1);
                return;
            }
            tracing::info!(%error, cause, tries = i64::from(tried), "a mail could not be sent yet");
            sleep(pause).await;
            pause *= 4;
        }
    }

    async fn try_once(&self, mail: &Mail) -> Result<(), SendError> {
        let sent = timeout(self.patience.deadline, self.sender.send(&self.stationery, mail)).await;
        sent.unwrap_or(Err(SendError::Timeout))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use lettre::transport::smtp::client::Certificate;
    use service_kit::testing::{ManualClock, PrivateAuthority, eventually};
    use tokio_rustls::TlsAcceptor;

    use super::*;
    use crate::domain::Language;
    use crate::domain::{ClientLocation, Email};
    use crate::mails::smtp_server::{ServerBehaviour, SmtpServer};
    use crate::mails::{MailFolder, MailQueue, Notification, SmtpRelay};

    const BOUND: Duration = Duration::from_secs(60);

    fn quick() -> RetryPolicy {
        let moment = Duration::from_millis(10);
        RetryPolicy { tries: 3, deadline: BOUND, pause: moment, shutdown_timeout: BOUND }
    }

    fn start(sender: MailTransport, patience: RetryPolicy) -> (MailQueue, MailWorker) {
        let (mails, queue) = MailQueue::new(Arc::new(ManualClock::default()));
        let from = "Marquee <no-reply@cinema.example>".parse().unwrap();
        let stationery = MailDefaults { from, account: "https://id.example/account".into() };
        (mails, MailWorker::start(queue, sender, stationery, patience))
    }

    fn start_at(server: &SmtpServer, patience: RetryPolicy) -> (MailQueue, MailWorker) {
        start(MailTransport::Smtp(server.relay()), patience)
    }

    fn write_to(mails: &MailQueue, to: &str) {
        mails.notify(
            &Email::parse(to).unwrap(),
            Language::En,
            Notification::PasswordChanged,
            &ClientLocation::default(),
        );
    }

    #[tokio::test]
    async fn a_mail_reaches_the_mail_server() {
        let server = SmtpServer::start(ServerBehaviour::default()).await;
        let (mails, _delivery) = start_at(&server, quick());
        write_to(&mails, "anna@example.org");
        eventually("the mail is there", BOUND, async || server.mails().len() == 1).await;
        let mail = server.mails().remove(0);
        assert!(mail.contains("To: anna@example.org") && mail.contains("https://id.example/account"), "{mail}");
        assert_eq!(server.heard("MAIL FROM:<no-reply@cinema.example>"), 1, "{:?}", server.commands());
        assert_eq!(server.heard("RCPT TO:<anna@example.org>"), 1);
    }

    #[tokio::test]
    async fn a_refused_mail_is_not_tried_again_and_holds_up_no_other() {
        let refusal = VecDeque::from(["550 <anna@example.org> is unknown here"]);
        let server = SmtpServer::start(ServerBehaviour { rcpt: refusal, ..ServerBehaviour::default() }).await;
        let (mails, delivery) = start_at(&server, quick());
        write_to(&mails, "anna@example.org");
        eventually("the refusal came", BOUND, async || server.heard("RCPT") == 1).await;
        write_to(&mails, "boris@example.org");
        delivery.stop().await;
        assert_eq!(server.mails().len(), 1);
        assert_eq!(server.heard("RCPT TO:<anna@example.org>"), 1);
    }

    #[tokio::test]
    async fn a_server_that_asks_to_come_again_is_asked_again() {
        let later = VecDeque::from(["451 <anna@example.org> later", "421 later"]);
        let server = SmtpServer::start(ServerBehaviour { rcpt: later, ..ServerBehaviour::default() }).await;
        let (mails, delivery) = start_at(&server, quick());
        write_to(&mails, "anna@example.org");
        delivery.stop().await;
        assert_eq!((server.heard("RCPT"), server.mails().len()), (3, 1));
    }

    #[tokio::test]
    async fn tries_have_an_end() {
        let later = VecDeque::from(["451 later"; 10]);
        let server = SmtpServer::start(ServerBehaviour { rcpt: later, ..ServerBehaviour::default() }).await;
        let (mails, delivery) = start_at(&server, quick());
        write_to(&mails, "anna@example.org");
        delivery.stop().await;
        assert_eq!((server.heard("RCPT"), server.mails().len()), (3, 0));
    }

    #[tokio::test]
    async fn a_silent_server_costs_each_try_its_deadline_and_no_more() {
        let server = SmtpServer::start(ServerBehaviour { silent: true, ..ServerBehaviour::default() }).await;
        let (mails, delivery) = start_at(&server, RetryPolicy { deadline: Duration::from_millis(20), ..quick() });
        write_to(&mails, "anna@example.org");
        delivery.stop().await;
        eventually("all tries came", BOUND, async || server.heard("(connected)") == 3).await;
    }

    #[tokio::test]
    async fn a_stop_does_not_wait_for_a_silent_server_for_ever() {
        let server = SmtpServer::start(ServerBehaviour { silent: true, ..ServerBehaviour::default() }).await;
        let (mails, delivery) =
            start_at(&server, RetryPolicy { shutdown_timeout: Duration::from_millis(20), ..quick() });
        write_to(&mails, "anna@example.org");
        eventually("the mail is under way", BOUND, async || server.heard("(connected)") == 1).await;
        delivery.stop().await;
    }

    #[tokio::test]
    async fn a_stop_delivers_what_was_handed_over_before() {
        let server = SmtpServer::start(ServerBehaviour::default()).await;
        let (mails, delivery) = start_at(&server, quick());
        for number in 0..40 {
            write_to(&mails, &format!("person-{number}@example.org"));
        }
        delivery.stop().await;
        assert_eq!(server.mails().len(), 40);
    }

    #[tokio::test]
    async fn without_starttls_nothing_is_said_to_a_server_that_needs_it() {
        let server = SmtpServer::start(ServerBehaviour::default()).await;
        let relay = SmtpRelay { encryption: crate::mails::Encryption::StartTls, ..server.relay() };
        let (mails, delivery) = start(MailTransport::Smtp(relay), RetryPolicy { tries: 1, ..quick() });
        write_to(&mails, "anna@example.org");
        delivery.stop().await;
        let commands = server.commands();
        assert!(!commands.is_empty() && commands.iter().all(|command| command.starts_with("EHLO")), "{commands:?}");
    }

    #[tokio::test]
    async fn a_login_is_shown_to_the_server() {
        let server =
            SmtpServer::start(ServerBehaviour { extensions: vec!["AUTH PLAIN"], ..ServerBehaviour::default() }).await;
        let login = crate::mails::SmtpLogin { name: "cinema".into(), password: "hunter2".to_owned().into() };
        let relay = SmtpRelay { login: Some(login), ..server.relay() };
        assert!(!format!("{relay:?}").contains("hunter2"));
        let (mails, delivery) = start(MailTransport::Smtp(relay), quick());
        write_to(&mails, "anna@example.org");
        delivery.stop().await;
        assert_eq!((server.heard("AUTH PLAIN AGNpbmVtYQBodW50ZXIy"), server.mails().len()), (1, 1));
    }

    #[tokio::test]
    async fn a_server_with_a_certificate_of_a_private_authority_is_trusted_by_that_authority_only() {
        let ours = PrivateAuthority::make();
        let tls = TlsAcceptor::from(Arc::new(ours.server_config()));
        let server = SmtpServer::start(ServerBehaviour { tls: Some(tls), ..ServerBehaviour::default() }).await;
        let pem = std::fs::read(ours.certificate()).unwrap();
        let private = Some(Certificate::from_pem(&pem).unwrap());
        let implicit = |authorities| SmtpRelay {
            host: "localhost".into(),
            encryption: crate::mails::Encryption::Implicit,
            authorities,
            ..server.relay()
        };
        for (authorities, taken) in [(None, 0), (private, 1)] {
            let (mails, delivery) = start(
                MailTransport::Smtp(implicit(authorities)),
                RetryPolicy { tries: 1, shutdown_timeout: BOUND, ..quick() },
            );
            write_to(&mails, "anna@example.org");
            delivery.stop().await;
            assert_eq!(server.mails().len(), taken);
        }
    }

    #[tokio::test]
    async fn an_error_repeats_nothing_that_the_server_said() {
        let refusal = VecDeque::from(["550 <anna@example.org> is unknown here"]);
        let server = SmtpServer::start(ServerBehaviour { rcpt: refusal, ..ServerBehaviour::default() }).await;
        let from = "no-reply@cinema.example".parse().unwrap();
        let sender = MailTransport::Smtp(server.relay());
        let to = Email::parse("anna@example.org").unwrap();
        let at = "2026-05-14T10:20:30Z".parse().unwrap();
        let mail = Mail { to, language: Language::En, notice: Notification::PasswordSet, at, address: None };
        let error = sender.send(&MailDefaults { from, account: String::new() }, &mail).await.unwrap_err();
        assert!(matches!(error, SendError::Refused(550)) && !format!("{error} {error:?}").contains("anna"), "{error}");
    }

    #[tokio::test]
    async fn without_a_server_mails_are_files() {
        let home = tempfile::tempdir().unwrap();
        let folder = MailFolder::new(home.path().join("mails"));
        let (mails, delivery) = start(MailTransport::Folder(folder.clone()), quick());
        write_to(&mails, "anna@example.org");
        write_to(&mails, "a..b@example.org"); // valid as a login, not as a mailbox
        delivery.stop().await;
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

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
    pub max_attempts: u32,
    /// Timeout of one attempt.
    pub attempt_timeout: Duration,
    /// Backoff before the second attempt; each further one is four times as long.
    pub backoff: Duration,
    /// Maximum time in which [`MailWorker::stop`] waits for queued mails.
    pub shutdown_timeout: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        let second = Duration::from_secs(1);
        Self { max_attempts: 5, attempt_timeout: second * 20, backoff: second, shutdown_timeout: second * 5 }
    }
}

/// Background task that delivers mails until it is stopped.
pub struct MailWorker {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
    shutdown_timeout: Duration,
}

impl MailWorker {
    /// Starts to drain the queue.
    pub fn start(
        queue: MailReceiver,
        transport: MailTransport,
        defaults: MailDefaults,
        retry_policy: RetryPolicy,
    ) -> Self {
        let (stop, stopped) = oneshot::channel();
        let worker = Arc::new(Worker { transport, defaults, retry_policy });
        let task = tokio::spawn(deliver(queue, worker, stopped));
        Self { stop, task, shutdown_timeout: retry_policy.shutdown_timeout }
    }

    /// Graceful shutdown: closes the queue, delivers what is queued, and drops what is not sent within the timeout.
    pub async fn stop(self) {
        let Self { stop, mut task, shutdown_timeout } = self;
        let _ = stop.send(());
        if timeout(shutdown_timeout, &mut task).await.is_err() {
            task.abort();
            tracing::warn!("stopping with mails that could not be sent yet; they are lost");
        }
    }
}

struct Worker {
    transport: MailTransport,
    defaults: MailDefaults,
    retry_policy: RetryPolicy,
}

async fn deliver(mut queue: MailReceiver, worker: Arc<Worker>, mut stopped: oneshot::Receiver<()>) {
    let mut in_flight = JoinSet::new();
    let mut stopping = false;
    loop {
        tokio::select! {
            biased;
            // A dropped sender means stop, too.
            _ = &mut stopped, if !stopping => {
                stopping = true;
                queue.0.close();
            }
            _ = in_flight.join_next(), if !in_flight.is_empty() => {}
            mail = queue.0.recv(), if in_flight.len() < CONCURRENCY => match mail {
                Some(mail) => {
                    let worker = Arc::clone(&worker);
                    in_flight.spawn(async move { worker.send(&mail).await });
                }
                None => break,
            },
        }
    }
    while in_flight.join_next().await.is_some() {}
}

impl Worker {
    /// Sends a mail with retries; logs and counts a final failure.
    async fn send(&self, mail: &Mail) {
        let mut backoff = self.retry_policy.backoff;
        for attempt in 1..=self.retry_policy.max_attempts {
            let Err(error) = self.try_once(mail).await else {
                counter!("auth.mails", "outcome" => "sent").increment(1);
                return;
            };
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            if error.is_permanent() || attempt == self.retry_policy.max_attempts {
                tracing::warn!(%error, cause, tries = i64::from(attempt), "a mail could not be sent");
                counter!("auth.mails", "outcome" => "lost").increment(1);
                return;
            }
            tracing::info!(%error, cause, tries = i64::from(attempt), "a mail could not be sent yet");
            sleep(backoff).await;
            backoff *= 4;
        }
    }

    async fn try_once(&self, mail: &Mail) -> Result<(), SendError> {
        let sent = timeout(self.retry_policy.attempt_timeout, self.transport.send(&self.defaults, mail)).await;
        sent.unwrap_or(Err(SendError::Timeout))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use contracts::Language;
    use lettre::transport::smtp::client::Certificate;
    use service_kit::testing::{ManualClock, PrivateAuthority, eventually};
    use tokio_rustls::TlsAcceptor;

    use super::*;
    use crate::domain::{ClientLocation, Email};
    use crate::mails::smtp_server::{ServerBehaviour, SmtpServer};
    use crate::mails::{MailFolder, MailQueue, Notification, SmtpRelay};

    const BOUND: Duration = Duration::from_secs(60);

    fn fast_policy() -> RetryPolicy {
        let short = Duration::from_millis(10);
        RetryPolicy { max_attempts: 3, attempt_timeout: BOUND, backoff: short, shutdown_timeout: BOUND }
    }

    fn start(transport: MailTransport, retry_policy: RetryPolicy) -> (MailQueue, MailWorker) {
        let (mails, queue) = MailQueue::new(Arc::new(ManualClock::default()));
        let from = "Marquee <no-reply@cinema.example>".parse().unwrap();
        let defaults = MailDefaults { from, account: "https://id.example/account".into() };
        (mails, MailWorker::start(queue, transport, defaults, retry_policy))
    }

    fn start_at(server: &SmtpServer, retry_policy: RetryPolicy) -> (MailQueue, MailWorker) {
        start(MailTransport::Smtp(server.relay()), retry_policy)
    }

    fn notify(mails: &MailQueue, to: &str) {
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
        let relay = SmtpRelay { encryption: crate::mails::Encryption::StartTls, ..server.relay() };
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
        let login = crate::mails::SmtpLogin { name: "cinema".into(), password: "hunter2".to_owned().into() };
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
        let pem = std::fs::read(authority.certificate()).unwrap();
        let private = Some(Certificate::from_pem(&pem).unwrap());
        let implicit = |authorities| SmtpRelay {
            host: "localhost".into(),
            encryption: crate::mails::Encryption::Implicit,
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
        let to = Email::parse("anna@example.org").unwrap();
        let at = "2026-05-14T10:20:30Z".parse().unwrap();
        let mail = Mail { to, language: Language::En, notification: Notification::PasswordSet, at, address: None };
        let error = transport.send(&MailDefaults { from, account: String::new() }, &mail).await.unwrap_err();
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
}

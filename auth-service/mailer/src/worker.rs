//! Mail worker: drains the queue in the background, with bounded concurrency and retries.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};

use crate::error::SendError;
use crate::message::MailDefaults;
use crate::metrics;
use crate::notification::Mail;
use crate::queue::MailReceiver;
use crate::text::MailTexts;
use crate::transport::MailTransport;

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
        texts: MailTexts,
        retry_policy: RetryPolicy,
    ) -> Self {
        let (stop, stopped) = oneshot::channel();
        let worker = Arc::new(Worker { transport, defaults, texts, retry_policy });
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
    texts: MailTexts,
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
                metrics::record_sent();
                return;
            };
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            if error.is_permanent() || attempt == self.retry_policy.max_attempts {
                tracing::warn!(%error, cause, tries = i64::from(attempt), "a mail could not be sent");
                metrics::record_lost();
                return;
            }
            tracing::info!(%error, cause, tries = i64::from(attempt), "a mail could not be sent yet");
            sleep(backoff).await;
            backoff *= 4;
        }
    }

    async fn try_once(&self, mail: &Mail) -> Result<(), SendError> {
        let text = (self.texts)(mail, &self.defaults.account);
        let sent = timeout(self.retry_policy.attempt_timeout, self.transport.send(&self.defaults, mail, text)).await;
        sent.unwrap_or(Err(SendError::Timeout))
    }
}

//! Mail worker: claims due mails and sends them in the background, with bounded concurrency.
//!
//! A mail is claimed for one attempt. Between attempts it holds nothing but its row, so mails to a slow server delay no
//! others. A process that dies leaves claims behind; when they end, its mails are sent by another one, or by itself
//! after its start, with the same `Message-ID`.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use mailer::{MailDefaults, MailTexts, MailTransport, SendError};
use service_kit::database::DatabaseError;
use tokio::sync::oneshot;
use tokio::task::{Id, JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};

use crate::metrics;
use crate::new_mail::Outbox;
use crate::retry_policy::{RetryPolicy, delay_after};
use crate::storage::{Claim, ClaimFilter, ClaimedMail, MailRows, Outcome};

/// Maximum number of concurrent deliveries.
const CONCURRENCY: usize = 8;
/// Deliveries that only codes may use: their recipients wait.
const RESERVED_FOR_CODES: usize = 2;
/// Maximum number of concurrent deliveries to one domain.
const PER_DOMAIN: usize = 2;
/// Interval in which rows that are done are deleted.
const CLEANING: TimeDelta = TimeDelta::hours(1);
/// Attempts to record an outcome, a second apart; all within a claim.
const RECORDING_ATTEMPTS: u32 = 60;

/// Background task that delivers mails until it is stopped.
pub struct MailWorker {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
    shutdown_timeout: Duration,
}

impl MailWorker {
    /// Starts to deliver the mails in `rows`, at most `mails_per_day` on a UTC day.
    pub fn start(
        outbox: Outbox,
        rows: MailRows,
        (transport, defaults, texts): (MailTransport, MailDefaults, MailTexts),
        mails_per_day: u32,
        policy: RetryPolicy,
    ) -> Self {
        let (stop, stopped) = oneshot::channel();
        let mails_per_day = i64::from(mails_per_day);
        let worker = Arc::new(Worker { outbox, rows, transport, defaults, texts, mails_per_day, policy });
        let task = tokio::spawn(worker.run(stopped));
        Self { stop, task, shutdown_timeout: policy.shutdown_timeout }
    }

    /// Graceful shutdown: delivers what is due, for at most the timeout of the policy. What is left waits in its row.
    pub async fn stop(self) {
        let Self { stop, mut task, shutdown_timeout } = self;
        let _ = stop.send(());
        if timeout(shutdown_timeout, &mut task).await.is_err() {
            task.abort();
            tracing::info!("stopping while mails are due; they are sent after the next start");
        }
    }
}

struct Worker {
    outbox: Outbox,
    rows: MailRows,
    transport: MailTransport,
    defaults: MailDefaults,
    texts: MailTexts,
    mails_per_day: i64,
    policy: RetryPolicy,
}

/// Deliveries in progress, with domain and class of each.
#[derive(Default)]
struct InFlight {
    tasks: JoinSet<()>,
    mails: HashMap<Id, (i64, bool)>,
}

impl InFlight {
    /// Mails for which there is a slot; `None` when there is none at all.
    fn filter(&self) -> Option<ClaimFilter> {
        if self.mails.len() >= CONCURRENCY {
            return None;
        }
        let notices = self.mails.values().filter(|(_, is_code)| !is_code).count();
        let mut by_domain = HashMap::<i64, usize>::new();
        for (domain, _) in self.mails.values() {
            *by_domain.entry(*domain).or_default() += 1;
        }
        let busy_domains = by_domain.into_iter().filter(|(_, count)| *count >= PER_DOMAIN).map(|(domain, _)| domain);
        let only_codes = notices >= CONCURRENCY - RESERVED_FOR_CODES;
        Some(ClaimFilter { busy_domains: busy_domains.collect(), only_codes })
    }

    fn spawn(&mut self, worker: &Arc<Worker>, mail: ClaimedMail) {
        let slot = (mail.domain, mail.is_code);
        let worker = Arc::clone(worker);
        let task = self.tasks.spawn(async move { worker.deliver(mail).await });
        self.mails.insert(task.id(), slot);
    }

    /// Waits for the end of a delivery; for ever when there is none.
    async fn join(&mut self) {
        match self.tasks.join_next_with_id().await {
            Some(ended) => {
                let id = ended.map_or_else(|panicked| panicked.id(), |(id, ())| id);
                self.mails.remove(&id);
            }
            None => std::future::pending().await,
        }
    }
}

impl Worker {
    async fn run(self: Arc<Self>, mut stopped: oneshot::Receiver<()>) {
        let (mut in_flight, mut cleaned, mut is_stopping) = (InFlight::default(), DateTime::UNIX_EPOCH, false);
        loop {
            self.fill(&mut in_flight).await;
            if is_stopping && in_flight.mails.is_empty() {
                return; // nothing is due
            }
            self.clean(&mut cleaned).await;
            tokio::select! {
                biased;
                // A dropped sender means stop, too.
                _ = &mut stopped, if !is_stopping => is_stopping = true,
                () = in_flight.join() => {}
                () = self.outbox.shared.wake.notified() => {}
                () = sleep(self.policy.poll_interval) => {}
            }
        }
    }

    /// Starts deliveries while mails are due and slots are free.
    async fn fill(self: &Arc<Self>, in_flight: &mut InFlight) {
        while let Some(filter) = in_flight.filter() {
            match self.rows.claim(self.now(), &filter, self.mails_per_day).await {
                Ok(Some(Claim::Mail(mail))) => in_flight.spawn(self, mail),
                Ok(Some(Claim::Expired(id))) => {
                    tracing::warn!(mail.id = %id, "a mail could not be sent in time");
                    metrics::record_lost();
                }
                Ok(Some(Claim::OverDayBudget)) => self.record_spent_day(),
                Ok(None) => return,
                Err(error) => return debug(&error, "the outbox cannot be read"),
            }
        }
    }

    fn record_spent_day(&self) {
        metrics::record_over_day_budget();
        if self.outbox.shared.record_spent_day(self.now()) {
            tracing::warn!(budget = self.mails_per_day, "the budget of mails of this day is used up; no more are sent");
        }
    }

    async fn clean(&self, cleaned: &mut DateTime<Utc>) {
        let now = self.now();
        if now - *cleaned < CLEANING {
            return;
        }
        match self.rows.delete_done(now).await {
            Ok(()) => *cleaned = now,
            Err(error) => debug(&error, "old mails cannot be deleted"),
        }
    }

    /// One attempt, and its outcome.
    async fn deliver(&self, mail: ClaimedMail) {
        let Err(error) = self.attempt(&mail).await else {
            metrics::record_sent();
            return self.record(|| self.rows.finish(mail.id, Outcome::Sent, self.now())).await;
        };
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        let (id, tries) = (mail.id, i64::from(mail.attempts));
        let retry_at = delay_after(mail.attempts).map(|delay| self.now() + delay).filter(|at| *at < mail.expires_at);
        match retry_at.filter(|_| !error.is_permanent()) {
            Some(retry_at) => {
                tracing::info!(mail.id = %id, %error, cause, tries, "a mail could not be sent yet");
                metrics::record_delayed();
                self.record(|| self.rows.put_off(&mail, retry_at)).await;
            }
            None => {
                tracing::warn!(mail.id = %id, %error, cause, tries, "a mail could not be sent");
                metrics::record_lost();
                self.record(|| self.rows.finish(id, Outcome::Lost, self.now())).await;
            }
        }
    }

    async fn attempt(&self, claimed: &ClaimedMail) -> Result<(), SendError> {
        let mail = self.outbox.shared.keys.open(claimed.id, &claimed.sealed).ok_or(SendError::Unreadable)?;
        let text = (self.texts)(&mail, &self.defaults.account);
        let sending = self.transport.send(&self.defaults, claimed.id, &mail, text);
        timeout(self.policy.attempt_timeout, sending).await.unwrap_or(Err(SendError::Timeout))
    }

    /// Records an outcome. A mail whose delivery is not recorded is sent twice, so this tries on while the claim lasts.
    async fn record<F: Future<Output = Result<(), DatabaseError>>>(&self, outcome: impl Fn() -> F) {
        for _ in 0..RECORDING_ATTEMPTS {
            match outcome().await {
                Ok(()) => return,
                Err(error) => debug(&error, "the outcome of a mail cannot be recorded yet"),
            }
            sleep(Duration::from_secs(1)).await;
        }
        tracing::warn!("the outcome of a mail could not be recorded; it may be sent twice");
    }

    fn now(&self) -> DateTime<Utc> {
        self.outbox.shared.clock.now()
    }
}

/// The storage layer warns of an unavailable database; more lines would say the same.
fn debug(error: &DatabaseError, what: &str) {
    tracing::debug!(%error, "{what}");
}

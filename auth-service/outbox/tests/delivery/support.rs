//! An outbox with its own database and a clock that tests move.

use std::sync::Arc;
use std::time::Duration;

use contracts::Language;
use mailer::{Mail, MailCode, MailDefaults, MailText, MailTransport, Notification};
use outbox::{Enqueued, MailRows, MailWorker, Migration, NewMail, Outbox, RetryPolicy, Standing, enqueue};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use sea_orm_migration::{MigrationTrait, SchemaManager};
use service_kit::database::{Bounds, Transactions, connect};
use service_kit::testing::{ManualClock, TestDatabase};

use crate::smtp_server::SmtpServer;

/// Bound on every wait.
pub const BOUND: Duration = Duration::from_secs(60);
/// Budget of a day that no test reaches.
pub const PLENTY: u32 = 1_000_000;

/// The outbox under test.
pub struct TestOutbox {
    pub outbox: Outbox,
    pub clock: Arc<ManualClock>,
    pub transactions: Transactions,
    pub raw: DatabaseConnection,
    _database: TestDatabase,
}

impl TestOutbox {
    pub async fn create() -> Self {
        let (database, clock) = (TestDatabase::create().await, Arc::<ManualClock>::default());
        let transactions = Transactions::new(connect(database.url(), 4, Bounds::BATCH).await.unwrap());
        let raw = database.connect().await;
        Migration.up(&SchemaManager::new(&raw)).await.unwrap();
        let outbox = Outbox::new(b"a key of this installation, 256 bits", clock.clone());
        Self { outbox, clock, transactions, raw, _database: database }
    }

    /// A mail to a proved address.
    pub fn mail(&self, to: &str, notification: Notification) -> NewMail {
        self.outbox.draft(Language::En, notification, None).to(to, Standing::Proved)
    }

    /// Enqueues a mail and commits.
    pub async fn enqueue(&self, mail: &NewMail) -> Enqueued {
        let enqueued = self.transactions.write(async |tx| enqueue(tx, mail).await).await.unwrap();
        self.outbox.wake();
        enqueued
    }

    /// Enqueues a notice.
    pub async fn notify(&self, to: &str) {
        let mail = self.mail(to, Notification::PasswordSet);
        assert!(self.enqueue(&mail).await.is_queued(), "{to}");
    }

    /// A worker of this process.
    pub fn worker(&self, server: &SmtpServer) -> MailWorker {
        self.worker_with(MailTransport::Smtp(server.relay()), PLENTY, fast_policy())
    }

    /// One attempt at every due mail, with its outcome recorded.
    pub async fn deliver_due(&self, server: &SmtpServer) {
        self.worker(server).stop().await;
    }

    pub fn worker_with(&self, transport: MailTransport, mails_per_day: u32, policy: RetryPolicy) -> MailWorker {
        let rows = MailRows::new(self.transactions.clone());
        MailWorker::start(self.outbox.clone(), rows, (transport, defaults(), text), mails_per_day, policy)
    }

    /// Result of a statement that returns one number.
    pub async fn number(&self, sql: &str) -> i64 {
        let statement = Statement::from_string(self.raw.get_database_backend(), sql);
        self.raw.query_one_raw(statement).await.unwrap().unwrap().try_get_by_index(0).unwrap()
    }

    /// Runs a statement that the outbox does not offer.
    pub async fn sql(&self, sql: &str) {
        self.raw.execute_unprepared(sql).await.unwrap();
    }

    /// Number of rows that wait.
    pub async fn count_waiting(&self) -> i64 {
        self.number("SELECT CAST(count(*) AS bigint) FROM mails WHERE done_at IS NULL").await
    }
}

pub fn fast_policy() -> RetryPolicy {
    RetryPolicy { attempt_timeout: BOUND, poll_interval: Duration::from_millis(5), shutdown_timeout: BOUND }
}

pub fn defaults() -> MailDefaults {
    let from = "Marquee <no-reply@cinema.example>".parse().unwrap();
    MailDefaults { from, account: "https://id.example/account".into() }
}

/// Text of a mail: its code, if it has one.
pub fn text(mail: &Mail, account: &str) -> MailText {
    let code = match &mail.notification {
        Notification::PasswordReset { code, .. } => code.as_str(),
        _ => "none",
    };
    MailText { subject: "Your account", body: format!("See {account}\nCode: {code}\n") }
}

/// A code to reset a password.
pub fn reset(code: &str) -> Notification {
    Notification::PasswordReset { code: MailCode::new(code).unwrap(), link: None }
}

/// The line `Message-ID` of a mail.
pub fn message_id(mail: &str) -> &str {
    mail.lines().find(|line| line.starts_with("Message-ID: <")).unwrap()
}

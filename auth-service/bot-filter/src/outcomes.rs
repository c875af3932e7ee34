//! Reports of the outcomes of passes to captcha-service, sent in the background. Under load some are dropped.

use contracts::captcha::feedback::Outcome;
use tokio::sync::mpsc;

use crate::captcha_client::CaptchaClient;
use crate::sign_in_context::SignInContext;

/// Capacity of the queue.
const CAPACITY: usize = 1024;

/// An outcome.
pub(crate) struct OutcomeReport {
    pass_id: String,
    outcome: Outcome,
    request_id: String,
}

impl OutcomeReport {
    /// A report for a pass, if there was one.
    pub fn of(pass_id: Option<String>, outcome: Outcome, context: &SignInContext<'_>) -> Option<Self> {
        let request_id = context.request_id.to_owned();
        pass_id.map(|pass_id| Self { pass_id, outcome, request_id })
    }
}

/// Sends reports without waiting.
pub(crate) struct OutcomeSender(mpsc::Sender<OutcomeReport>);

/// Receiver of the reports.
pub struct OutcomeQueue {
    client: CaptchaClient,
    queue: mpsc::Receiver<OutcomeReport>,
}

impl OutcomeSender {
    pub fn new(client: CaptchaClient) -> (Self, OutcomeQueue) {
        let (sender, queue) = mpsc::channel(CAPACITY);
        (Self(sender), OutcomeQueue { client, queue })
    }

    pub fn send(&self, report: Option<OutcomeReport>) {
        if report.is_some_and(|report| self.0.try_send(report).is_err()) {
            tracing::debug!("too many outcomes to report; one is lost");
        }
    }
}

impl OutcomeQueue {
    /// Sends reports to captcha-service until the sender is dropped. Those that fail are dropped.
    pub async fn run(mut self) {
        while let Some(OutcomeReport { pass_id, outcome, request_id }) = self.queue.recv().await {
            if self.client.report_outcome(&pass_id, outcome, &request_id).await.is_err() {
                tracing::debug!("an outcome could not be reported");
            }
        }
    }
}

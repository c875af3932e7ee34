//! Outcomes after a pass.

use contracts::captcha::feedback::{Outcome, ReportOutcomeRequest};

use super::pass_id::PassId;
use super::passes::Passes;
use crate::challenge_repository::{PresentedPass, StoreMode};
use crate::domain::UnixMillis;
use crate::metrics;
use crate::stores::{RecordKeys, Records, StoreError};

impl Passes {
    /// Records an outcome, once per redeemed pass.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn report_outcome(&self, request: &ReportOutcomeRequest) -> Result<(), StoreError> {
        let Some(id) = self.pass_id(request) else { return Ok(()) };
        let keys = RecordKeys::device(id.device).and_pass(id.key);
        let points = &self.weights.points;
        let worth = match request.outcome {
            Outcome::LoginOk => 0,
            Outcome::BadPassword => points.bad_password,
            Outcome::Fraud => points.fraud,
        };
        let worth = u16::try_from(worth).unwrap_or(0);
        let update = |records: &mut Records, now: UnixMillis, _: StoreMode| {
            let is_first =
                records.pass.as_mut().is_some_and(|pass| pass.device() == id.device && pass.report_outcome_once());
            if is_first {
                records.device.record_outcome(request.outcome, worth, now);
            }
            is_first
        };
        if self.repository.update_or_fall_back(&keys, update).await?.0 {
            metrics::record_outcome(request.outcome);
        }
        Ok(())
    }

    fn pass_id(&self, request: &ReportOutcomeRequest) -> Option<PassId> {
        match (&request.token_id, &request.token) {
            (Some(id), _) => PassId::parse(id),
            (None, Some(token)) => self.repository.read_pass(token.expose()).map(|presented| match presented {
                PresentedPass::Stored(token) => PassId { device: token.device(), key: token.key() },
                PresentedPass::Sealed(key, pass) => PassId { device: pass.device(), key },
            }),
            (None, None) => None,
        }
    }
}

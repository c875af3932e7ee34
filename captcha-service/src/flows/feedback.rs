//! What became of somebody after a pass.

use contracts::captcha::feedback::{Outcome, TellOutcomeRequest};

use super::desk::{Made, Shown};
use super::pass_id::PassId;
use crate::domain::Moment;
use crate::measures;
use crate::state::AppState;
use crate::stores::{Held, Spot, StoreError};

/// Takes note of an outcome, once for each pass that was good.
///
/// # Errors
/// [`StoreError`].
pub async fn tell(state: &AppState, request: &TellOutcomeRequest) -> Result<(), StoreError> {
    let Some(id) = pass_id(state, request) else { return Ok(()) };
    let spot = Spot::device(id.device).and_pass(id.key);
    let points = &state.weights.points;
    let worth = match request.outcome {
        Outcome::LoginOk => 0,
        Outcome::BadPassword => points.bad_password,
        Outcome::Fraud => points.fraud,
    };
    let worth = u16::try_from(worth).unwrap_or(0);
    let step = |held: &mut Held, now: Moment, _: Made| {
        let counts = held.pass.as_mut().is_some_and(|pass| pass.device() == id.device && pass.judge_once());
        if counts {
            held.device.note_outcome(request.outcome, worth, now);
        }
        counts
    };
    if state.desk.change_anyhow(&spot, step).await?.0 {
        measures::told(request.outcome);
    }
    Ok(())
}

fn pass_id(state: &AppState, request: &TellOutcomeRequest) -> Option<PassId> {
    match (&request.token_id, &request.token) {
        (Some(id), _) => PassId::parse(id),
        (None, Some(token)) => state.desk.read_pass(token.expose()).map(|shown| match shown {
            Shown::Stored(ticket) => PassId { device: ticket.device(), key: ticket.key() },
            Shown::Sealed(key, pass) => PassId { device: pass.device(), key },
        }),
        (None, None) => None,
    }
}

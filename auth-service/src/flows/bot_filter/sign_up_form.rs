//! The proof of the sign-up page, where a browser solves no picture: a form that was shown here, not just now and not long
//! ago, and is sent once. It makes a program load a page and wait for each account; how many accounts there are is bounded by
//! the budget of the network.

use chrono::{DateTime, TimeDelta, Utc};
use contracts::Secret;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::flows::SignUpError;
use crate::state::AppState;
use crate::storage::FormNonce;
use crate::tokens::Sealer;

/// No person fills in the form in less.
const MIN_AGE: TimeDelta = TimeDelta::seconds(2);
/// How long a form may stay open.
const MAX_AGE: TimeDelta = TimeDelta::hours(1);

/// Issues the nonces of forms and reads them.
pub(super) struct SignUpForms(Sealer);

/// What is sealed in a form.
#[derive(Serialize, Deserialize)]
struct SealedNonce {
    id: Uuid,
    shown_at: DateTime<Utc>,
}

impl SignUpForms {
    pub fn new(secret: &[u8]) -> Self {
        Self(Sealer::new(secret, "sign-up form"))
    }

    fn issue(&self, now: DateTime<Utc>) -> Option<Secret> {
        self.0.seal(&SealedNonce { id: Uuid::now_v7(), shown_at: now })
    }

    /// The nonce of a form that may be sent now.
    fn read(&self, text: &str, now: DateTime<Utc>) -> Option<FormNonce> {
        let SealedNonce { id, shown_at } = self.0.open(text)?;
        let age = now.signed_duration_since(shown_at);
        (MIN_AGE..MAX_AGE).contains(&age).then_some(FormNonce { id, expires_at: shown_at + MAX_AGE })
    }
}

/// The nonce for a sign-up form that is shown now; `None` where bots are not told from people.
pub fn sign_up_form(state: &AppState) -> Option<Secret> {
    state.bot_filter.as_ref().and_then(|filter| filter.sign_up_forms.issue(state.now()))
}

/// The nonce of a sign-up form that may be sent now, before anything is hashed for it. It is spent together with the account that
/// it makes, in the database that all replicas share, so whatever fails before leaves the form good. `None` where bots are not
/// told from people.
///
/// # Errors
/// [`SignUpError::FormRejected`] when it comes too early, too late, or was used before; when the database is unavailable.
pub async fn check_sign_up_form(state: &AppState, text: &str) -> Result<Option<FormNonce>, SignUpError> {
    let Some(filter) = &state.bot_filter else { return Ok(None) };
    let nonce = filter.sign_up_forms.read(text, state.now()).ok_or(SignUpError::FormRejected)?;
    match state.store.is_ticket_spent(nonce.id).await? {
        false => Ok(Some(nonce)),
        true => Err(SignUpError::FormRejected),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_may_be_sent_after_two_seconds_and_for_an_hour() {
        let forms = SignUpForms::new(b"a key of this installation, 256 bits");
        let at = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let form = forms.issue(at).unwrap();
        let accepts = |seconds| forms.read(form.expose(), at + TimeDelta::seconds(seconds)).is_some();
        assert!(!accepts(-1) && !accepts(0) && !accepts(1) && accepts(2) && accepts(3599) && !accepts(3600));
        for forged in ["", "AAAA", &form.expose()[1..]] {
            assert!(forms.read(forged, at + MIN_AGE).is_none());
        }
        assert!(SignUpForms::new(b"another").read(form.expose(), at + MIN_AGE).is_none());
    }
}

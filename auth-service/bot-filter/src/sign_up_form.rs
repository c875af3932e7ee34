//! Proof of the sign-up page, which has no captcha: a form that was issued here, is neither too new nor too old, and is
//! submitted once. It forces a program to load a page and to wait for each account; the number of accounts is bounded
//! by the budget of the network.

use chrono::{DateTime, TimeDelta, Utc};
use contracts::Secret;
use serde::{Deserialize, Serialize};
use service_kit::Sealer;
use uuid::Uuid;

/// Minimum time of a person to fill in the form.
const MIN_AGE: TimeDelta = TimeDelta::seconds(2);
/// Maximum age of a form.
const MAX_AGE: TimeDelta = TimeDelta::hours(1);

/// A form that may be submitted now. It creates one account: its reader stores the id until it expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignUpForm {
    /// Id of its nonce.
    pub id: Uuid,
    /// Time from which the form is too old.
    pub expires_at: DateTime<Utc>,
}

/// The form was not issued here, or is submitted too early or too late.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sign-up form is not valid now")]
pub struct InvalidForm;

/// Issues the nonces of forms and reads them.
pub(crate) struct SignUpForms(Sealer);

/// Sealed contents of a form.
#[derive(Serialize, Deserialize)]
struct SealedNonce {
    id: Uuid,
    shown_at: DateTime<Utc>,
}

impl SignUpForms {
    pub fn new(secret: &[u8]) -> Self {
        Self(Sealer::new(secret, "sealed sign-up form"))
    }

    pub fn issue(&self, now: DateTime<Utc>) -> Option<Secret> {
        self.0.seal(&SealedNonce { id: Uuid::now_v7(), shown_at: now })
    }

    /// The nonce of a form that may be submitted now.
    pub fn read(&self, text: &str, now: DateTime<Utc>) -> Option<SignUpForm> {
        let SealedNonce { id, shown_at } = self.0.open(text)?;
        let age = now.signed_duration_since(shown_at);
        (MIN_AGE..MAX_AGE).contains(&age).then_some(SignUpForm { id, expires_at: shown_at + MAX_AGE })
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

    #[test]
    fn a_form_of_an_earlier_release_is_read() {
        let text = "lOLXMpKTsa0Z6-ouCExuhZp5BvJGrvfI8scmQcnnx4rjQL0JXB8S6GG8CgmFgJQSqEK0RmCcKYSf8kCi9WOnVWDUkheojtfVzHI7QmoW\
            hwpN7GcAoec6pmVdDl6knQBzfLLapvj5T7I9Hhg";
        let shown_at = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        assert!(SignUpForms::new(b"a key of this installation, 256 bits").read(text, shown_at + MIN_AGE).is_some());
    }
}
